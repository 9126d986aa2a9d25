import assert from "node:assert/strict";
import { emulated, WITHOUT_ARM64 as ignore } from "./arm64.ts";
import { train } from "./weights/training.ts";

Deno.test({
  name: "iteration 5 trains to the same bits on ARM64 (emulated) as here",
  ignore,
  async fn() {
    const program = new URL("./weights/training.ts", import.meta.url).pathname;
    const args = ["run", "--no-prompt", "--no-lock", "--allow-read", "--allow-sys=cpus", program, "1"];
    const { success, stdout, stderr } = await emulated(args).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const here = await train(2);
    assert.equal(here.engine, "wasm", "this processor has no fused multiply-add, so it promises nothing");
    assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), here);
  },
});

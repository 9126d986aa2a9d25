/**
 * The GPU engine's shaders through two compilers on one driver: SwiftShader, Vulkan on the processor.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { isLeftOut } from "./place.ts";

const driver = Deno.env.get("SWIFTSHADER");

/** What a compiler's shaders have computed. */
interface TwoSteps {
  readonly adapter: string;
  readonly losses: readonly number[];
  readonly weights: string;
}

async function twoSteps(by: "wgpu" | "dawn"): Promise<TwoSteps> {
  const file = (name: string) => fileURLToPath(new URL(`./shaders/${name}`, import.meta.url));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      `--config=${file("deno.json")}`,
      "-RES",
      "--allow-ffi",
      file("two_steps.ts"),
      by,
    ],
    env: { NO_COLOR: "1", VK_DRIVER_FILES: driver!, DENO_WEBGPU_BACKEND: "vulkan", NODEVICE_SELECT: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "two steps of iteration 1 give the same bits through Dawn and Tint as through wgpu and naga",
  ignore: isLeftOut("dawn", driver !== undefined),
  async fn() {
    const [wgpu, dawn] = [await twoSteps("wgpu"), await twoSteps("dawn")];
    for (const { adapter } of [wgpu, dawn]) assert.match(adapter, /SwiftShader/);
    assert.ok(wgpu.losses.every((loss) => Number.isFinite(loss) && loss > 0), String(wgpu.losses));
    assert.deepEqual(dawn.losses, wgpu.losses);
    assert.equal(dawn.weights, wgpu.weights);
  },
});

/**
 * The CPU engine, bundled, trains in a page: other programs compile the same WebAssembly there.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BrowserName, findBrowser, type ServedFile, visit } from "../browser/browser.ts";
import { isLeftOut } from "./place.ts";
import { train, type Trained } from "./weights/training.ts";

const WEIGHTS = fileURLToPath(new URL("./weights/", import.meta.url));
const ENGINE = fileURLToPath(new URL("../../engine/wasm/", import.meta.url));

const PATIENCE_MS = 120_000;

/** A program and all that it imports, as one file for a browser. */
async function bundle(file: string): Promise<ServedFile> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--no-lock",
      "--platform=browser",
      `--import-map=${join(WEIGHTS, "import_map.json")}`,
      file,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return { type: "text/javascript", text: new TextDecoder().decode(stdout) };
}

const PAGE: ServedFile = {
  type: "text/html",
  text: '<!doctype html><title>under20k</title><script type="module" src="/page.js"></script>',
};

for (const [name, runs] of [["firefox", "SpiderMonkey"], ["chromium", "V8"]] as [BrowserName, string][]) {
  const program = findBrowser(name);
  Deno.test({
    name: `iteration 5 trains to the same bits in a page of ${name} (${runs}) as here`,
    ignore: isLeftOut(name, program !== undefined),
    async fn() {
      const files = {
        "/": PAGE,
        "/page.js": await bundle(join(WEIGHTS, "page.ts")),
        // the engine asks for its worker by the name of its source
        "/worker.ts": await bundle(join(ENGINE, "worker.ts")),
      };
      const said = JSON.parse(await visit({ name, program: program! }, { files, patienceMs: PATIENCE_MS }));
      const here: Trained = await train(1);
      assert.equal(here.engine, "wasm", "this processor has no fused multiply-add, so it promises nothing");
      assert.deepEqual(said, here);
    },
  });
}

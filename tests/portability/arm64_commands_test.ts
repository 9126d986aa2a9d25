/**
 * The commands start on ARM64: whose V8 has other flags, and ends at one that it does not know.
 *
 * A program under qemu cannot start itself again, so the launcher plans on ARM64 and what it planned is started from
 * here.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { withFolder } from "../bench/fixtures.ts";
import { emulated, PROJECT, WITHOUT_ARM64 as ignore } from "./arm64.ts";

/** Qemu compiles anew each time that it starts, half a minute of processor time; only on a busy machine is this long. */
const PATIENCE_MS = 480_000;

/** What the launcher would start on ARM64. */
async function plan(
  command: string,
  args: readonly string[],
): Promise<{ args: string[]; env: Record<string, string> }> {
  const file = join(PROJECT, "bench", "commands", `${command}.ts`);
  const program = `
    const { planLaunch } = await import(${JSON.stringify(join(PROJECT, "bench/launcher.ts"))});
    const { command } = await import(${JSON.stringify(file)});
    console.log(JSON.stringify(planLaunch({ command, file: ${JSON.stringify(file)}, args: ${
    JSON.stringify(args)
  } })));
  `;
  const { stdout, stderr, success } = await emulated(["eval", "--no-lock", program]).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "bench starts on ARM64 and trains until it is interrupted",
  ignore,
  fn: () =>
    withFolder(async (folder) => {
      const quick = [
        "--quick",
        "--dataset",
        "synthetic",
        "--iterations",
        "1",
        "--workers",
        "1",
        "--engine",
        "wasm",
      ];
      const planned = await plan("bench", [...quick, "--out", folder]);
      assert.ok(planned.args.includes("--v8-flags=--no-wasm-bounds-checks"), planned.args.join(" "));
      const child = emulated(planned.args, planned.env);
      const deadline = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
      let err = "";
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        const hadStarted = err.includes("\nresults ");
        err += text;
        if (!hadStarted && err.includes("\nresults ")) child.kill("SIGINT");
      }
      clearTimeout(deadline);
      const out = await new Response(child.stdout).text();
      assert.equal((await child.status).code, 130, err);
      assert.match(err, /engine {3}wasm \d+: /);
      assert.match(out, /Interrupted: 0 finished trials kept in /);
      const { invocations } = JSON.parse(Deno.readTextFileSync(join(folder, "manifest.json")));
      assert.match(invocations[0].os, /^linux aarch64 /);
    }),
});

Deno.test({
  name: "verify and perf start on ARM64, whose V8 would end at a flag of x86-64",
  ignore,
  async fn() {
    for (const command of ["verify", "perf"]) {
      const planned = await plan(command, []);
      const { success, stdout, stderr } = await emulated([...planned.args, "--help"], planned.env).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      assert.match(new TextDecoder().decode(stdout), new RegExp(`deno task ${command} `));
    }
    const foreign = await emulated(["eval", "--v8-flags=--experimental-wasm-revectorize", "0"]).output();
    assert.equal(foreign.success, false);
  },
});

/**
 * The commands start on ARM64: whose V8 has other flags, and ends at one that it does not know.
 *
 * Deno's build for ARM64 runs under qemu's user mode, which `.ci/arm64` prepares. A program there cannot start itself
 * again, so the launcher plans on ARM64 and what it planned is started from here.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withFolder } from "./fixtures.ts";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
const deno = Deno.env.get("ARM64_DENO"), root = Deno.env.get("ARM64_ROOT");
const ignore = deno === undefined || root === undefined;
if (ignore && Deno.env.get("REQUIRE")?.split(",").includes("arm64")) {
  throw new Error(
    "Cannot test on ARM64: expected what .ci/arm64 prepares, got none; run `deno task test:arm64`",
  );
}

/** Qemu compiles anew each time that it starts; a command takes some seconds to do anything. */
const PATIENCE_MS = 100_000;

function emulated(args: readonly string[], env: Readonly<Record<string, string>> = {}): Deno.ChildProcess {
  return new Deno.Command("qemu-aarch64", {
    args: ["-L", root!, deno!, ...args],
    cwd: PROJECT,
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

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

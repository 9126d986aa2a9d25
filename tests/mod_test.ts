import assert from "node:assert/strict";
import { join } from "node:path";
import { withFolder } from "./bench/fixtures.ts";

const MOD = new URL("../mod.ts", import.meta.url).href;

/** What a person's own program does: a network, its engine, a run with its CSV and Markdown files. */
const PROGRAM = `import { countParameters, createWasmEngine, linear, flatten, runBenchmark } from "${MOD}";
const engine = await createWasmEngine({ workers: 1 });
engine.close();
const silent = { write() {}, isTerminal: false, color: false, size: () => ({ columns: 80, rows: 24 }) };
const { outcome } = await runBenchmark(
  { iterations: [1], epochs: 1, dataset: "synthetic", quick: true, engine: "wasm", workers: 1, out: "mine" },
  { out: silent, err: silent },
);
console.log(countParameters([flatten(), linear({ out: 10 })]), outcome);
`;

/** Runs Deno in `cwd` as a person does, with nothing of this project's configuration. */
async function runDeno(args: readonly string[], cwd: string) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("mod.ts is imported from a folder with another deno.json, without its import map", () =>
  withFolder(async (folder) => {
    Deno.writeTextFileSync(
      join(folder, "deno.json"),
      JSON.stringify({ imports: { "csv-parse": "./nothing.ts", "markdown-table": "./nothing.ts" } }),
    );
    Deno.writeTextFileSync(join(folder, "program.ts"), PROGRAM);
    const ran = await runDeno(["run", "-q", "-A", "program.ts"], folder);
    assert.deepEqual([ran.code, ran.out], [0, "7850 completed\n"], ran.err);
    assert.ok(Deno.statSync(join(folder, "mine", "SUMMARY.md")).isFile);
  }));

Deno.test("a program in a folder with another deno.json is checked against mod.ts's types", () =>
  withFolder(async (folder) => {
    Deno.writeTextFileSync(join(folder, "deno.json"), "{}");
    Deno.writeTextFileSync(join(folder, "program.ts"), PROGRAM);
    const right = await runDeno(["check", "-q", "program.ts"], folder);
    assert.equal(right.code, 0, right.err);
    Deno.writeTextFileSync(
      join(folder, "wrong.ts"),
      PROGRAM.replace("linear({ out: 10 })", 'linear({ out: "10" })'),
    );
    const wrong = await runDeno(["check", "-q", "wrong.ts"], folder);
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /Type 'string' is not assignable to type 'number'/);
  }));

import assert from "node:assert/strict";
import { join } from "node:path";
import { main } from "../../../bench/commands/lint.ts";
import { main as bench } from "../../../bench/commands/bench.ts";
import { drawDataset } from "../../../data/synthetic.ts";
import { fakeSurroundings, recordOutput, SHORT, withFolder } from "../fixtures.ts";

async function run(args: readonly string[], overlap = false) {
  const out = recordOutput(), err = recordOutput();
  const { train, test } = drawDataset({ trainCount: 20, testCount: 20 });
  const code = await main(args, {
    loadData: () => Promise.resolve({ train, test: overlap ? train : test }),
    out,
    err,
  });
  // what is wrong with the command line belongs on standard error alone
  if (code === 2) assert.deepEqual([out.text(), err.text().startsWith("error: ")], ["", true]);
  return { code, text: (out.text() + err.text()).trimEnd() };
}

function write(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  Deno.writeTextFileSync(file, text);
  return file;
}

Deno.test("main() of the linter lists warnings and notes, and exits 1 for warnings alone", async () => {
  const fourth = await run(["models/iterations/04_matched_normalization.ts"]);
  assert.equal(fourth.code, 1);
  assert.match(fourth.text, /^models\/iterations\/04_\w+\.ts: warning \(parameters\) 26,870 parameters/m);
  assert.match(
    fourth.text,
    /^models\/iterations\/04_\w+\.ts: note \(bias-before-batch-norm\) 180 of 26,870/m,
  );
  const second = await run(["models/iterations/02_longer_training.ts"]);
  assert.match(second.text, /warning \(test-normalization\)/);
  assert.match(second.text, /: 1 warning, 2 notes$/);
  await withFolder(async (folder) => {
    const plain = write(folder, "plain.ts", `export const plain = ${JSON.stringify(SHORT)};`);
    assert.deepEqual(await run([plain]), { code: 0, text: `${plain}: 0 warnings, 0 notes` });
    assert.deepEqual(await run([plain, "--data", "anywhere"]), {
      code: 0,
      text: `${plain}: 0 warnings, 0 notes`,
    });
    const overlap = await run([plain, "--data", "anywhere"], true);
    assert.equal(overlap.code, 1);
    assert.match(overlap.text, /warning \(test-in-training\) 20 of 20 test images/);
  });
});

Deno.test("main() of the linter finds trials in results that are copies", () =>
  withFolder(async (folder) => {
    const plain = write(folder, "plain.ts", `export const plain = ${JSON.stringify(SHORT)};`);
    const out = join(folder, "run");
    await bench(["--iterations", "1", "--seeds", "0-1", "--out", out, "--no-assert"], fakeSurroundings());
    assert.equal((await run([plain, "--results", out])).code, 0);
    const trials = join(out, "trials.csv"), text = Deno.readTextFileSync(trials);
    const [digest, other] = [...text.matchAll(/\b[0-9a-f]{64}\b/g)].map(([all]) => all).filter((_, at) =>
      at % 2 === 0
    );
    Deno.writeTextFileSync(trials, text.replace(other, digest));
    const found = await run([plain, "--results", out]);
    assert.equal(found.code, 1);
    assert.match(found.text, /warning \(duplicate-seed\) seeds 0 and 1 have the same weights/);
  }));

Deno.test("main() of the linter refuses what is no iteration with one line", () =>
  withFolder(async (folder) => {
    const cases: [string[], RegExp][] = [
      [
        [],
        /^error: Cannot lint: expected a file such as "models\/iterations\/05_one_cycle\.ts", got none; see --help$/,
      ],
      [[join(folder, "none.ts")], /expected a file ".*none\.ts", got none$/],
      [[folder], /expected a file ".*", got /],
      // none of several may be passed over: 105 alone has a warning
      [
        ["5,105"],
        /^error: Cannot use the iteration: expected one such as .*, got "5,105", which are 2; name one$/,
      ],
      [["3-5"], /got "3-5", which are 3; name one$/],
      [["foo"], /^error: Cannot use the iteration: expected numbers from 1 to 9999, .*, got "foo"$/],
      [[write(folder, "broken.ts", "export const = 1")], /expected a module that can be imported, got "/],
      [[write(folder, "two.ts", "export const a = 1, b = 2;")], /expected one export, .* got "a", "b"$/],
      [[write(folder, "empty.ts", "export {};")], /expected one export, .* got none$/],
      [
        [write(folder, "wrong.ts", `export const w = ${JSON.stringify({ ...SHORT, parameters: 7 })};`)],
        /^error: Cannot use wrong\.ts: expected the declared 7 parameters, got 7850/,
      ],
      [["a.ts", "b.ts"], /expected at most 1 argument, got "a\.ts b\.ts"/],
      [["a.ts", "--fix"], /expected one of --data, --results, --help, got "--fix"/],
      [
        ["models/iterations/05_one_cycle.ts", "--results", folder],
        /expected "manifest\.json" in it, got none/,
      ],
    ];
    for (const [args, wanted] of cases) {
      const { code, text } = await run(args);
      assert.equal(code, 2, text);
      assert.match(text, wanted);
      assert.equal(text.split("\n").length, 1);
    }
    assert.equal((await run(["--help"])).code, 0);
  }));

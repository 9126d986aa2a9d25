import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { main as plots } from "../../../bench/commands/plots.ts";
import { FakeEngine } from "../fake_engine.ts";
import { CATALOG, fakeSurroundings, recordOutput, withFolder } from "../fixtures.ts";
import { assertBalanced } from "../report/html/balanced.ts";

/** Runs the plots of a project in `root`. */
async function run(root: string, ...args: string[]) {
  const out = recordOutput(), err = recordOutput();
  const code = await plots(args, {
    root,
    loadIterations: () => Promise.resolve(CATALOG),
    loadField: () => Promise.resolve([]),
    out,
    err,
  });
  // what is wrong with the command line belongs on standard error alone
  if (code === 2) assert.deepEqual([out.text(), err.text().startsWith("error: ")], ["", true]);
  return { code, text: (out.text() + err.text()).trimEnd().replaceAll(root, "") };
}

async function train(root: string, turns: number): Promise<void> {
  const engine = new FakeEngine({ turns, workers: 3 });
  const out = join(root, "results", "reference");
  await bench(["--seeds", "0-2", "--out", out, "--no-assert"], fakeSurroundings({ engine }));
}

function readPlots(root: string): Map<string, string> {
  const folder = join(root, "results", "reference", "plots");
  return new Map(
    [...Deno.readDirSync(folder)].map(({ name }) => [name, Deno.readTextFileSync(join(folder, name))]),
  );
}

Deno.test("plots draws each plot in light and dark, the same bytes in whatever order the trials ended", () =>
  withFolder((one) =>
    withFolder(async (other) => {
      await train(one, 1);
      await train(other, 5);
      assert.equal((await run(one)).code, 0);
      assert.equal((await run(other)).code, 0);
      const drawn = readPlots(one);
      assert.deepEqual(readPlots(other), drawn);
      assert.deepEqual([...drawn.keys()].sort(), [
        "accuracy-parameters-dark.svg",
        "accuracy-parameters-light.svg",
        "epochs-to-target-dark.svg",
        "epochs-to-target-light.svg",
        "learning-curves-dark.svg",
        "learning-curves-light.svg",
        "seed-spread-dark.svg",
        "seed-spread-light.svg",
      ]);
      for (const [name, svg] of drawn) {
        assertBalanced(svg);
        assert.doesNotMatch(svg, /var\(|currentColor|NaN|undefined|\d\.\d{3}/, name);
        assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      }
    })
  ));

Deno.test("plots --check names a plot that differs from the results", () =>
  withFolder(async (root) => {
    await train(root, 0);
    assert.deepEqual((await run(root, "--check")).code, 1);
    await run(root);
    assert.deepEqual(await run(root, "--check"), { code: 0, text: "8 files agree with the results" });
    const path = join(root, "results", "reference", "plots", "seed-spread-dark.svg");
    Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace(' x1="', ' x1="1'));
    const { code, text } = await run(root, "--check");
    assert.equal(code, 1);
    assert.match(
      text,
      /seed-spread-dark\.svg line \d+: expected "<.*\n1 of 8 files differ .*; run `deno task plots`$/,
    );
  }));

Deno.test("plots says that there are no results where there are none, and refuses unknown flags", () =>
  withFolder(async (root) => {
    assert.deepEqual(await run(root, "--check"), { code: 0, text: "no reference results yet, so no plots" });
    const { code, text } = await run(root, "--chek");
    assert.equal(code, 2);
    assert.match(text, /^error: Cannot read the command line: expected one of --check, --help, got "--chek"/);
  }));

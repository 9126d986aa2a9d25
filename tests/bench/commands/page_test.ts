import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { main as page, type PageSurroundings } from "../../../bench/commands/page.ts";
import { trainedTrials } from "../../../bench/page/choose_weights.ts";
import { comparedTraining } from "../../../bench/page/training.ts";
import { readResults } from "../../../bench/run/results.ts";
import { DataError } from "../../../data/types.ts";
import { FakeEngine } from "../fake_engine.ts";
import { CATALOG, fakeSurroundings, recordOutput, SHORT, smallDataset, withFolder } from "../fixtures.ts";

async function run(root: string, args: readonly string[], changes: Partial<PageSurroundings> = {}) {
  const out = recordOutput(), err = recordOutput();
  const { test, digests } = smallDataset();
  const code = await page(args, {
    loadIterations: () => Promise.resolve(CATALOG),
    loadTestImages: () => Promise.resolve({ test, digests }),
    createEngine: () => Promise.resolve(new FakeEngine()),
    drawDataset: () => smallDataset("synthetic"),
    out,
    err,
    ...changes,
  });
  if (code === 2) assert.deepEqual([out.text(), err.text().startsWith("error: ")], ["", true]);
  return { code, text: (out.text() + err.text()).trimEnd().replaceAll(root, "") };
}

async function train(folder: string, ...more: string[]): Promise<void> {
  const surroundings = fakeSurroundings({ engine: new FakeEngine() });
  assert.equal(await bench(["--seeds", "0,1", "--out", folder, "--no-assert", ...more], surroundings), 0);
}

Deno.test("page refuses what it cannot read, and writes nothing", () =>
  withFolder(async (root) => {
    const folder = join(root, "mine"), bare = join(root, "bare");
    await train(folder);
    await train(bare, "--weights", "none");
    const out = ["--out", join(root, "page.html")];
    const cases: [string[], RegExp][] = [
      [[join(root, "none")], /^error: Cannot read the results in "\/none": expected a folder, got none/],
      [
        [bare],
        /^error: Cannot make a page of "\/bare": expected the weights of a trial, got none; train with/,
      ],
      [
        [folder, "--rows", "1"],
        /^error: Cannot use --rows: expected iteration\/seed .* such as 5\/0,1\/0, got "1"/,
      ],
      [[folder, "--rows", "1/0,9/0"], /^error: Cannot use --rows: expected some of 1\/0, 2\/0, got "9\/0"/],
      [
        ["--seed"],
        /^error: Cannot read the command line: expected one of --rows, --out, --data, --help, got/,
      ],
      [[folder], /^error: Cannot make a page: expected iteration 1 to compare a training of, got none/],
    ];
    for (const [args, wanted] of cases) {
      const { code, text } = await run(root, [...args, ...out], {
        loadIterations: () => Promise.resolve([]),
      });
      assert.equal(code, 2, text);
      assert.match(text, wanted);
    }
    const loadTestImages = () => Promise.reject(new DataError("no such folder"));
    const { text } = await run(root, [folder, "--data", join(root, "bad"), ...out], { loadTestImages });
    assert.equal(text, "error: no such folder");
    assert.deepEqual([...Deno.readDirSync(root)].map(({ name }) => name).sort(), ["bare", "mine"]);
  }));

Deno.test("page refuses weights of another network", () =>
  withFolder(async (root) => {
    const engine = new FakeEngine(), folder = join(root, "mine");
    await bench(["--seeds", "0", "--out", folder, "--no-assert"], fakeSurroundings({ engine }));
    const record = readResults(folder);
    const broken = {
      ...record,
      manifest: {
        ...record.manifest,
        iterations: record.manifest.iterations.map((each) => ({
          ...each,
          layers: each.id === 1 ? CATALOG[1].layers : each.layers,
        })),
      },
    };
    await assert.rejects(
      () => trainedTrials(folder, broken),
      /^UsageError: Cannot use ".*iteration-1-seed-0\.safetensors" for iteration 1: expected 8 tensors/,
    );
  }));

Deno.test("trainedTrials() gives few parameters before many, the more accurate first, or what is named in its order", () =>
  withFolder(async (root) => {
    await train(root);
    const record = readResults(root), rows = [{ iteration: 2, seed: 0 }, { iteration: 1, seed: 0 }];
    const names = (trials: Awaited<ReturnType<typeof trainedTrials>>) =>
      trials.map(({ trial }) => trial.iteration);
    const all = await trainedTrials(root, record);
    const accuracies = all.map(({ trial }) => trial.finalTestAccuracy);
    assert.deepEqual(accuracies, accuracies.toSorted((a, b) => b - a));
    assert.deepEqual(names(await trainedTrials(root, record, rows)), [2, 1]);
  }));

Deno.test("comparedTraining() takes down the last epoch's digest, and none of an arithmetic of its own", async () => {
  const data = smallDataset("synthetic"), engine = new FakeEngine({ name: "wasm" });
  const { expected, command, epochs } = await comparedTraining(SHORT, data, engine);
  assert.equal(epochs, 2);
  assert.match(command, /^deno task bench --quick --dataset synthetic --iterations 1 --engine wasm$/);
  assert.match(expected!.digest, /^[0-9a-f]{64}$/);
  const unfused = new FakeEngine({ name: "wasm-unfused" });
  assert.equal((await comparedTraining(SHORT, data, unfused)).expected, undefined);
});

/**
 * @file `deno task search`: which trials it trains, who goes on, what it writes, and what it refuses.
 *
 * Most searches run on an engine that trains nothing, and so know their winner; the last one trains.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runBenchmark } from "../../../bench/benchmark.ts";
import { main, type SearchSurroundings } from "../../../bench/commands/search.ts";
import { parseManifest } from "../../../bench/run/manifest.ts";
import { readResults } from "../../../bench/run/results.ts";
import { countTried } from "../../../bench/run/tried.ts";
import { drawDataset } from "../../../data/synthetic.ts";
import type { Dataset } from "../../../data/types.ts";
import type { Engine, Trial } from "../../../engine/engine.ts";
import { createWasmEngine } from "../../../engine/wasm/mod.ts";
import { linear } from "../../../models/layers/mod.ts";
import { loadIterationFile } from "../../../models/catalog.ts";
import { pathToFileURL } from "node:url";
import { FakeEngine, type FakeEngineOptions } from "../fake_engine.ts";
import { fakeSurroundings, recordOutput, SHORT, smallDataset, withFolder } from "../fixtures.ts";

const { claim: _, ...base } = { ...SHORT, training: { ...SHORT.training, epochs: 4 } };
const rateOf = ({ iteration }: Trial) =>
  (iteration.training.optimizer as { learningRate: number }).learningRate;
const rate = (learningRate: number) => ({ training: { optimizer: { learningRate } } });
const SPACE = {
  name: "rates",
  title: "Rates",
  parameters: { most: 8000 },
  base,
  choices: {
    rate: { "0.1": rate(0.1), "0.2": rate(0.2), "0.3": rate(0.3), "0.4": rate(0.4) },
    batch: { eight: {}, four: { training: { batchSize: 4 } } },
  },
  rungs: [{ epochs: 1, seeds: 2, keep: 0.5 }, { epochs: 4, seeds: 2, keep: 2 }, { epochs: 4, seeds: 3 }],
};
/** A larger rate is better, and so is the larger batch a little; seeds 1 and 2 are worse for all. */
const accuracy = (trial: Trial) =>
  0.5 + rateOf(trial) + trial.iteration.training.batchSize / 1000 - trial.seed / 100;

interface Given {
  readonly space?: Readonly<Record<string, unknown>>;
  readonly engine?: FakeEngineOptions;
  readonly real?: { readonly engine: Engine; readonly dataset: Dataset };
  readonly interruptAfter?: number;
}

function surroundings({ space = SPACE, engine = {}, real, interruptAfter }: Given = {}) {
  const trained: string[] = [];
  const out = recordOutput(), err = recordOutput();
  const made: SearchSurroundings = {
    out,
    err,
    loadSpace: () => Promise.resolve({ value: space, file: "rates.ts" }),
    bench(options, iterations) {
      let completed = 0;
      const fake = new FakeEngine({
        validationGap: 0,
        testAccuracy: accuracy,
        ...engine,
        beforeEvent({ kind }) {
          if (kind === "completed" && ++completed === interruptAfter) given.interrupt();
        },
      });
      const given = fakeSurroundings({
        engine: real?.engine ?? fake,
        dataset: real?.dataset ?? smallDataset("synthetic"),
      });
      const train = fake.train.bind(fake);
      fake.train = (trials, rest) => {
        trained.push(...trials.map(({ iteration, seed, epochs }) => `${iteration.id}/${seed} ${epochs}`));
        return train(trials, rest);
      };
      assert.ok(options.validate, "the test set is not evaluated");
      return runBenchmark({ ...options, iterations: iterations.map(({ id }) => id) }, {
        ...given,
        loadNamedIterations: () => Promise.resolve(iterations),
      });
    },
  };
  return { made, out, err, trained };
}

async function run(out: string, given: Given = {}, ...args: string[]) {
  const { made, trained, ...texts } = surroundings(given);
  const code = await main(["rates", "--dataset", "synthetic", "--out", out, ...args], made);
  return { code, trained, out: texts.out.text(), err: texts.err.text() };
}

const read = (folder: string, file: string) => Deno.readTextFileSync(join(folder, file));

Deno.test("search trains every candidate in the first rung and the better ones in the next, each trial once", () =>
  withFolder(async (out) => {
    const { code, trained, err, out: text } = await run(out);
    assert.equal(code, 0, err);
    const ids = [1, 2, 3, 4, 5, 6, 7, 8].map((id) => 1000 + id);
    assert.deepEqual(trained, [
      ...[0, 1].flatMap((seed) => ids.map((id) => `${id}/${seed} 1`)),
      // rates 0.3 and 0.4, best first
      ...[0, 1].flatMap((seed) => [1007, 1008, 1005, 1006].map((id) => `${id}/${seed} 4`)),
      // seeds 0 and 1 are there, in the same length
      ...[1007, 1008].map((id) => `${id}/2 4`),
    ]);
    assert.match(text, /Best: 0\.4, eight, 7,850 parameters, 89\.80 ± 1\.00 % on held-out images \(n = 3\)/);
    assert.match(text, /bench --iterations \S+best\.json --validate --seeds 100-109/);
    for (const epochs of [1, 4]) {
      const { manifest } = readResults(join(out, `epochs-${epochs}`));
      assert.ok(manifest.validation !== undefined && manifest.epochs === null);
      assert.ok(manifest.iterations.every(({ training }) => training.epochs === epochs));
    }
  }));

Deno.test("search writes what was tried, what every option gave, and the winner in its whole length", () =>
  withFolder(async (out) => {
    await run(out, { space: { ...SPACE, rungs: [{ epochs: 1, seeds: 2 }] } });
    const [header, ...rows] = read(out, "tried.csv").trimEnd().split("\n");
    assert.match(
      header,
      /^candidate,name,choices,parameters,rung,epochs,seed,status,finalValidationAccuracy/,
    );
    assert.equal(rows.length, 16);
    assert.match(rows[0], /^1001,"0\.1, eight",rate=0\.1; batch=eight,7850,1,1,0,completed,0\.608,/);
    const summary = read(out, "SUMMARY.md");
    assert.match(
      summary,
      /8 candidates of at most 8,000 parameters\. Trained so far: 16 trials on 66,672 images/,
    );
    assert.match(summary, /\| +1 \| 0\.4, eight +\| +7,850 \| +2 \| +90\.30 ± 0\.71 \| best/);
    assert.match(summary, /\| rate +\| 0\.4 +\| +2 \| +90\.10 ± 0\.28 \| +\+15\.00 \|/);
    assert.match(summary, /\| batch +\| four +\| +4 \| +74\.90 ± 12\.91 \| +−0\.20 \|/);
    assert.match(summary, /The test set was not evaluated/);
    const best = await loadIterationFile({ number: undefined, url: pathToFileURL(join(out, "best.json")) });
    assert.equal(best.title, "Rates: 0.4, eight");
    assert.deepEqual(best.training, {
      ...base.training,
      optimizer: { ...base.training.optimizer, learningRate: 0.4 },
    });
    const json = await run(out, { space: { ...SPACE, rungs: [{ epochs: 1, seeds: 2 }] } }, "--json");
    const { best: winner, rungs, trials } = JSON.parse(json.out);
    assert.deepEqual([winner.candidate, trials, rungs[0].ranking.length], [1007, 16, 8]);
  }));

Deno.test("search goes on where it was interrupted, comes to the same end, and says when it is done", () =>
  withFolder(async (root) => {
    const whole = join(root, "whole"), parts = join(root, "parts");
    const { trained: all } = await run(whole);
    const first = await run(parts, { interruptAfter: 5 });
    assert.equal(first.code, 130);
    assert.match(first.out, /Run the same command again to continue/);
    // what was tried is written down, though nothing is decided by it
    const rows = read(parts, "tried.csv").trim().split("\n").length - 1;
    assert.ok(rows >= 4 && rows < 16, `${rows} of 16 trials`);
    assert.match(read(parts, "SUMMARY.md"), /Not over: \d+ trials? of it not trained yet\./);
    assert.doesNotMatch(read(parts, "SUMMARY.md"), /Best:|goes on/);
    const second = await run(parts);
    assert.equal(second.code, 0, second.err);
    assert.ok(second.trained.length < all.length && second.trained.length >= all.length - 7);
    for (const file of ["SUMMARY.md", "tried.csv", "best.json", "search.json"]) {
      assert.equal(read(parts, file), read(whole, file), file);
    }
    const third = await run(parts);
    assert.deepEqual(third.trained, []);
    assert.match(third.out, /The search is done: every trial was there already/);
  }));

Deno.test("search records what was tried of a rung that broke off, and keeps it recorded while it goes on", () =>
  withFolder(async (out) => {
    const rows = () => read(out, "tried.csv").trim().split("\n").length - 1, seen: number[] = [];
    const testAccuracy = (trial: Trial) => {
      if (trial.epochs === 4 && trial.seed === 1) {
        seen.push(rows());
        throw new Error("a crash");
      }
      return accuracy(trial);
    };
    // seed 0 of the second rung's four candidates is trained by then
    for (const recorded of [16, 20]) {
      assert.equal((await run(out, { engine: { testAccuracy } })).code, 1);
      assert.equal(seen.at(-1), recorded);
      assert.equal(rows(), 20);
    }
  }));

Deno.test("search puts a candidate that diverged last and says so; one that failed is not ranked, but tried again", () =>
  withFolder(async (root) => {
    const diverged = await run(join(root, "a"), { engine: { diverges: { "1007 1": 1 } } });
    assert.equal(diverged.code, 0, diverged.err);
    assert.match(diverged.out, /Best: 0\.4, four/);
    assert.match(read(join(root, "a"), "SUMMARY.md"), /\| +8 \| 0\.4, eight .*\| 1 diverged/);
    const failed = await run(join(root, "b"), { engine: { fails: { "1003 0": "no memory" } } });
    assert.equal(failed.code, 2);
    assert.match(
      failed.err,
      /Cannot rank "0\.2, eight": expected seed 0 to be trained, got a failure \(no memory\); run the same command/,
    );
    const again = await run(join(root, "b"));
    assert.equal(again.code, 0, again.err);
    assert.equal(again.trained[0], "1003/0 1");
  }));

Deno.test("search keeps a folder to the space that it was begun with", () =>
  withFolder(async (root) => {
    const out = join(root, "a");
    await run(out);
    const others: [Given, string[], RegExp][] = [
      [
        { space: { ...SPACE, rungs: [{ epochs: 1, seeds: 2 }] } },
        [],
        /expected the rungs that it was begun with, got/,
      ],
      [
        { space: { ...SPACE, choices: { rate: SPACE.choices.rate } } },
        [],
        /expected the candidates that it was begun with, got others; choose another --out, or remove the folder/,
      ],
      [{}, ["--quick"], /expected the quick that it was begun with, got true/],
    ];
    for (const [given, args, message] of others) {
      const { code, err, trained } = await run(out, given, ...args);
      assert.equal(code, 2);
      assert.match(err, message);
      assert.deepEqual(trained, []);
    }
    // as a search leaves that is killed while it begins
    const begun = join(root, "begun");
    Deno.mkdirSync(begun);
    Deno.writeTextFileSync(join(begun, "search.json.tmp"), "{");
    assert.equal((await run(begun)).code, 0);
    const stranger = join(root, "b");
    Deno.mkdirSync(stranger);
    Deno.writeTextFileSync(join(stranger, "notes.txt"), "");
    const { code, err } = await run(stranger);
    assert.equal(code, 2);
    assert.match(err, /expected an empty folder or one with "search\.json", got "notes\.txt" in it/);
    assert.deepEqual([...Deno.readDirSync(stranger)].map(({ name }) => name), ["notes.txt"]);
  }));

Deno.test("countTried() counts a search's candidates beside the other runs on the same images", () =>
  withFolder(async (root) => {
    const space = { ...SPACE, rungs: [{ epochs: 1, seeds: 2, keep: 2 }, { epochs: 4, seeds: 1 }] };
    const manifestOf = (folder: string) => {
      const path = join(folder, "manifest.json");
      return parseManifest(Deno.readTextFileSync(path), path);
    };
    for (const out of [join(root, "results", "runs", "search-a"), join(root, "results", "search", "a")]) {
      await run(out, { space });
      // eight candidates in one epoch, two of them in four
      assert.deepEqual(manifestOf(join(out, "epochs-1")).tried, { recipes: 8, ideas: 8, trials: 16 });
      assert.deepEqual(manifestOf(join(out, "epochs-4")).tried, { recipes: 10, ideas: 10, trials: 18 });
    }
    const runs = join(root, "results", "runs"), beside = join(runs, "mine");
    const manifest = manifestOf(join(runs, "search-a", "epochs-4"));
    const none = { ...manifest, iterations: [], invocations: [] };
    assert.deepEqual(countTried(beside, none), { recipes: 10, ideas: 10, trials: 18 });
    assert.deepEqual(countTried(join(root, "elsewhere", "mine"), none), { recipes: 0, ideas: 0, trials: 0 });
  }));

Deno.test("search --list trains nothing, makes nothing, and shows candidates and work", () =>
  withFolder(async (root) => {
    const out = join(root, "none"), small = { ...SPACE, parameters: { most: 7850 } };
    const { code, out: text, trained } = await run(out, {
      space: { ...small, candidates: { "with more": { layers: [...base.layers, linear({ out: 10 })] } } },
    }, "--list");
    assert.equal(code, 0);
    assert.deepEqual(trained, []);
    assert.throws(() => Deno.statSync(out), Deno.errors.NotFound);
    assert.match(text, / 1008 {2}0\.4, four +7,850/);
    assert.match(text, /Left out:\n {2}with more: 7960 parameters, more than 7850/);
    assert.match(text, /\n +1 +1 {2}0,1 +8 +16 +16\n +2 +4 {2}0,1 +4 +8 +32\n +3 +4 {2}0-2 +2 +2 +8\n/);
    const { made, err } = surroundings();
    assert.equal(await main([], made), 2);
    assert.match(err.text(), /Cannot search: expected a space such as "under_3000".*, got none/);
    for (const flag of ["--seeds", "--epochs", "--validate"]) {
      assert.equal(await main(["rates", flag, "3"], surroundings().made), 2, flag);
    }
  }));

Deno.test("search finds the recipe that learns, of trainings that are real", () =>
  withFolder(async (out) => {
    const space = {
      ...SPACE,
      choices: { rate: { none: rate(1e-9), some: rate(0.05) } },
      rungs: [{ epochs: 1, seeds: 1, keep: 1 }, { epochs: 2, seeds: 1 }],
    };
    const make = async () => ({
      engine: await createWasmEngine({ workers: 1 }),
      dataset: drawDataset({ trainCount: 960, testCount: 10 }),
    });
    const { made } = surroundings({ space });
    const trained: number[] = [];
    const code = await main(["rates", "--dataset", "synthetic", "--out", out], {
      ...made,
      bench: async (options, iterations) => {
        trained.push(iterations.length);
        return await surroundings({ space, real: await make() }).made.bench(options, iterations);
      },
    });
    assert.equal(code, 0);
    assert.deepEqual(trained, [2, 1]);
    const { trials } = readResults(join(out, "epochs-1"));
    assert.ok(
      trials[0].finalTestAccuracy! < 0.3 && trials[1].finalTestAccuracy! > 0.4,
      JSON.stringify(trials),
    );
  }));

/**
 * @file `deno task ablate` with an engine that trains nothing: the order of trials, the effects, and what is refused.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runBenchmark } from "../../../bench/benchmark.ts";
import { type AblateSurroundings, command, main } from "../../../bench/commands/ablate.ts";
import { main as tables, type TablesSurroundings } from "../../../bench/commands/tables.ts";
import {
  EFFECT_COLUMNS,
  type EffectRow,
  formatEffects,
  readEffects,
  readPublishedEffects,
} from "../../../bench/run/effects.ts";
import { parseCsv } from "../../../bench/run/csv.ts";
import { readResults } from "../../../bench/run/results.ts";
import type { Trial } from "../../../engine/engine.ts";
import { ABLATIONS } from "../../../models/ablations/mod.ts";
import { loadIterations } from "../../../models/catalog.ts";
import { FakeEngine } from "../fake_engine.ts";
import { CATALOG, fakeSurroundings, recordOutput, smallDataset, withFolder } from "../fixtures.ts";

const PUBLISHED = (await loadIterations()).find(({ id }) => id === 5)!;
/** Shorter, since nothing is trained. */
const FIFTH = { ...PUBLISHED, training: { ...PUBLISHED.training, epochs: 2 } };
/** What each variant lacks, in whole images of 2,500, some more or less by seed; 9004 lacks one cycle, 9005 dropout. */
const WRONG: Readonly<Record<number, (seed: number) => number>> = {
  5: (seed) => 20 + seed % 3,
  9004: (seed) => 60 + seed % 4,
  9005: (seed) => 20 + (seed + 1) % 3,
};
const accuracy = ({ iteration, seed }: Trial, epoch: number) =>
  epoch < iteration.training.epochs ? 0.9 : 1 - (WRONG[iteration.id] ?? (() => 30))(seed) / 2500;

const accuracyOf = (iteration: number, seed: number) => 1 - WRONG[iteration](seed) / 2500;

function surroundings(
  given: { readonly value?: unknown; readonly diverges?: Readonly<Record<string, number>> } = {},
) {
  const trained: string[] = [];
  class Noting extends FakeEngine {
    override train(...[trials, options]: Parameters<FakeEngine["train"]>) {
      trained.push(...trials.map(({ iteration, seed }) => `${iteration.id}/${seed}`));
      return super.train(trials, options);
    }
  }
  const engine = new Noting({ testAccuracy: accuracy, diverges: given.diverges });
  const out = recordOutput(), err = recordOutput();
  const made: AblateSurroundings = {
    out,
    err,
    loadIteration: () => Promise.resolve(FIFTH),
    loadValue: () => Promise.resolve(given.value),
    bench: (options, iterations) =>
      runBenchmark({ ...options, iterations: iterations.map(({ id }) => id) }, {
        ...fakeSurroundings({ engine }),
        err,
        loadNamedIterations: () => Promise.resolve(iterations),
      }),
    loadLabels: () => Promise.resolve({ labels: smallDataset().test.labels }),
  };
  return { made, out, err, trained };
}

async function run(args: readonly string[], given = surroundings()) {
  const code = await main(args, given.made);
  return { code, out: given.out.text(), err: given.err.text(), trained: given.trained };
}

Deno.test("ablate trains one seed of everything and then the next, and continues where it was", () =>
  withFolder(async (out) => {
    const first = await run(["5", "--without", "one-cycle,dropout", "--seeds", "0-1", "--out", out]);
    assert.equal(first.code, 0, first.err);
    assert.deepEqual(first.trained, ["5/0", "9004/0", "9005/0", "5/1", "9004/1", "9005/1"]);
    assert.doesNotMatch(first.out, /in common with the whole recipe yet/);
    const second = await run(["5", "--without", "one-cycle,dropout", "--seeds", "0-2", "--out", out]);
    assert.deepEqual(second.trained, ["5/2", "9004/2", "9005/2"]);
    // as where it was interrupted, that is said in the terminal and in the document
    const third = await run(["5", "--without", "augmentation", "--seeds", "0", "--out", out]);
    const missing = /1 of 3 variants has no two seeds in common with the whole recipe yet: augmentation\./;
    assert.match(third.out, missing);
    assert.match(Deno.readTextFileSync(join(out, "ABLATIONS.md")), missing);
  }));

Deno.test("ablate that is interrupted before its first trial says that it is, and has nothing else to say", () =>
  withFolder(async (folder) => {
    const given = surroundings();
    const interrupted: AblateSurroundings = {
      ...given.made,
      bench(options, iterations) {
        const fake = new FakeEngine({
          testAccuracy: accuracy,
          beforeEvent: ({ kind }) => kind === "epoch" && around.interrupt(),
        });
        const around = fakeSurroundings({ engine: fake });
        return runBenchmark({ ...options, iterations: iterations.map(({ id }) => id) }, {
          ...around,
          err: given.err,
          loadNamedIterations: () => Promise.resolve(iterations),
        });
      },
    };
    const args = ["--without", "dropout", "--seeds", "0", "--out", join(folder, "ablate")];
    assert.equal(await main(args, interrupted), 130);
    assert.doesNotMatch(given.err.text(), /error/);
    // and the next command trains it all
    const { code, trained } = await run(args);
    assert.deepEqual([code, trained], [0, ["5/0", "9005/0"]]);
  }));

Deno.test("ablate names ten seeds and all that the iteration has where nothing is named", () =>
  withFolder(async (out) => {
    const { trained } = await run(["--out", out]);
    assert.equal(trained.length, 9 * 10);
    assert.deepEqual(trained.slice(0, 9), ["5/0", ...[1, 2, 3, 4, 5, 6, 7, 8].map((each) => `900${each}/0`)]);
  }));

Deno.test("ablate says what each thing gives, paired by seed and corrected over all of them", () =>
  withFolder(async (out) => {
    const { out: text } = await run(["--without", "dropout,one-cycle", "--out", out]);
    const name = join(out, "effects.csv");
    const rows = parseCsv(EFFECT_COLUMNS, Deno.readTextFileSync(name), { name });
    const byName = new Map(rows.map((row) => [row.variant, row]));
    const cycle = byName.get("one-cycle")!, drop = byName.get("dropout")!;
    const gains = Array.from({ length: 10 }, (_, seed) => (WRONG[9004](seed) - WRONG[5](seed)) / 2500);
    const mean = gains.reduce((sum, gain) => sum + gain) / 10;
    assert.ok(Math.abs(cycle.gain - mean) < 1e-12);
    assert.ok(cycle.imagesLow < mean && mean < cycle.imagesHigh);
    assert.deepEqual([cycle.imagesStatus, cycle.seeds, cycle.base], ["better", 10, 5]);
    assert.ok(Math.abs(cycle.imagesAdjustedP - 2 * cycle.imagesP) < 1e-15);
    assert.equal(drop.imagesAdjustedP, drop.imagesP);
    assert.equal(drop.imagesStatus, "equal");
    assert.match(text, /one-cycle .*\+1\.6\d.* helps/);
    assert.match(Deno.readTextFileSync(join(out, "ABLATIONS.md")), /\| one-cycle +\| +19,798 \| 10 \|/);
    const json = await run(["--without", "dropout,one-cycle", "--out", out, "--json"]);
    assert.equal(JSON.parse(json.out).effects.length, 2);
  }));

Deno.test("ablate says which trials diverged, and does not wait for variants of which too few are left", () =>
  withFolder(async (out) => {
    const diverges = { "9004 0": 1, "9004 1": 1, "9004 2": 1, "9005 1": 1 };
    const { out: text } = await run(
      ["--without", "one-cycle,dropout,augmentation", "--seeds", "0-2", "--out", out],
      surroundings({ diverges }),
    );
    const document = Deno.readTextFileSync(join(out, "ABLATIONS.md"));
    for (const each of [text.replace(/\s+/g, " "), document]) {
      assert.ok(
        each.includes(
          "Not counted: one-cycle: 3 of 3 trials diverged (seeds 0-2); dropout: 1 of 3 trials diverged (seed 1). " +
            "A recipe that diverges is worse than its accuracy says.",
        ),
        each,
      );
      assert.match(
        each,
        /1 of 3 variants has too few trials that ran to their end to be judged: one-cycle\./,
      );
      assert.doesNotMatch(each, /yet/);
    }
    const rows = readEffects(out, readResults(out))!;
    assert.deepEqual(rows.map(({ variant, seeds }) => [variant, seeds]), [["dropout", 2], [
      "augmentation",
      3,
    ]]);
  }));

Deno.test("ablate's accuracy is that of the seeds that the whole recipe has too", () =>
  withFolder(async (out) => {
    const { out: text } = await run(
      ["--without", "one-cycle", "--seeds", "0-2", "--out", out],
      surroundings({ diverges: { "5 0": 1 } }),
    );
    const [{ seeds, accuracy: mean }] = readEffects(out, readResults(out))!;
    assert.equal(seeds, 2);
    assert.ok(Math.abs(mean - (accuracyOf(9004, 1) + accuracyOf(9004, 2)) / 2) < 1e-12);
    assert.match(text, /Not counted: the whole recipe: 1 of 3 trials diverged \(seed 0\)\./);
  }));

Deno.test("ABLATIONS.md names what the recipe has and was not taken out, where it is the project's ablations", () =>
  withFolder(async (out) => {
    const document = () => Deno.readTextFileSync(join(out, "ABLATIONS.md"));
    const all = Object.keys(ABLATIONS);
    await run(["--without", all.slice(1).join(), "--seeds", "0-1", "--out", out]);
    assert.match(document(), /Not taken out, though iteration 5 has it: channel-expansion; with that line/);
    await run(["--without", all[0], "--seeds", "0-1", "--out", out]);
    assert.doesNotMatch(document(), /Not taken out/);
    const listed = join(out, "listed");
    const decay = { name: "no decay", training: { batchSize: 64 } };
    await run(
      ["--variants", "x.json", "--seeds", "0-1", "--out", listed],
      surroundings({ value: { variants: [decay] } }),
    );
    assert.doesNotMatch(Deno.readTextFileSync(join(listed, "ABLATIONS.md")), /Not taken out/);
  }));

Deno.test("readEffects() refuses what is not what the trials give", () =>
  withFolder(async (out) => {
    await run(["--without", "one-cycle,dropout", "--seeds", "0-2", "--out", out]);
    const name = join(out, "effects.csv"), text = Deno.readTextFileSync(name), record = readResults(out);
    const rows = readEffects(out, record)!;
    assert.equal(rows.length, 2);
    const [{ gain }] = rows;
    // other writers: intervals around the gains, and verdicts that follow
    const digits = (low: number, digitsP: number, digitsStatus: string) => ({
      digitsLow: low,
      digitsHigh: 2 * gain - low,
      digitsP,
      // of two, the other one larger
      digitsAdjustedP: 2 * digitsP,
      digitsStatus,
    });
    const edits: [Partial<EffectRow>, RegExp | undefined][] = [
      [{ gain: gain + 0.001 }, /expected gain .* as trials\.csv gives, got/],
      [{ seeds: 4 }, /expected seeds 3 of "one-cycle"/],
      [{ accuracy: 0.9 }, /expected accuracy 0\.97/],
      [{ imagesLow: gain - 0.5, imagesHigh: gain + 0.5 }, /expected imagesLow 0\.01/],
      [{ imagesHigh: gain + 0.5 }, /expected imagesHigh 0\.01/],
      [
        { imagesStatus: "worse" },
        /expected imagesStatus better of "one-cycle" as trials\.csv gives, got "worse"/,
      ],
      [{ imagesStatus: "beter" }, /expected imagesStatus better .*, got "beter"/],
      [{ iteration: 9003 }, /expected a row for each of 9004, 9005, got 9003, 9005/],
      [{ base: 9005 }, /expected one of 5 as the base of "one-cycle", got 9005/],
      [{ digitsStatus: "notJudged" }, /expected digitsStatus better of "one-cycle"/],
      [digits(gain / 2, 0.001, "better"), undefined],
      [digits(gain / 2, 0.001, "worse"), /expected digitsStatus better/],
      [digits(gain / 2, 0.001, "beter"), /expected digitsStatus better .*, got "beter"/],
      [digits(-gain / 2, 0.3, "cannotSay"), undefined],
      [digits(-gain / 2, 0.3, "better"), /expected digitsStatus cannotSay/],
      [{ ...digits(-0.5, 0.3, "cannotSay"), digitsHigh: 0.5 }, /expected digitsLow -0\.4/],
      [{ ...digits(gain / 2, 0.001, "better"), digitsAdjustedP: 0.0001 }, /expected digitsAdjustedP 0\.002/],
      [{ ...digits(gain / 2, 0.001, "better"), digitsP: undefined }, /expected digitsLow empty/],
    ];
    for (const [edit, message] of edits) {
      Deno.writeTextFileSync(name, formatEffects([{ ...rows[0], ...edit }, rows[1]]));
      if (message === undefined) assert.equal(readEffects(out, record)!.length, 2);
      else assert.throws(() => readEffects(out, record), message, JSON.stringify(edit));
    }
    Deno.writeTextFileSync(name, text.trimEnd().split("\n").slice(0, -1).join("\n") + "\n");
    assert.throws(() => readEffects(out, record), /expected a row for each of 9004, 9005, got 9004/);
  }));

Deno.test("ablate trains the variants of a file, each with one change, and refuses others in one line", () =>
  withFolder(async (out) => {
    const list = (...variants: unknown[]) => surroundings({ value: { variants } });
    const decay = {
      name: "no decay",
      training: { optimizer: { ...FIFTH.training.optimizer, weightDecay: 0 } },
    };
    const drop = { name: "no dropout", layers: FIFTH.layers.filter(({ kind }) => kind !== "dropout") };
    const good = await run(["--variants", "x.json", "--seeds", "0-1", "--out", out], list(decay, drop));
    assert.equal(good.code, 0, good.err);
    assert.equal(good.trained.length, 6);
    assert.match(good.out, /no decay/);
    const refused: [unknown[], RegExp][] = [
      [
        [{ ...decay, layers: drop.layers }],
        /expected one change of iteration 5, got 2 changes \(layers .*; optimizer/,
      ],
      [
        [{ name: "two", training: { epochs: 3, batchSize: 64 } }],
        /got 2 changes \(epochs; batchSize\); make a variant of each/,
      ],
      [
        [{ name: "same", training: { epochs: 2 } }],
        /expected one change of iteration 5, got none; leave it out/,
      ],
      [[{ name: "typo", training: { batchsize: 3 } }], /batchsize/],
      [[{ name: "typo", layer: [] }], /expected name, layers, training in "typo", got "layer"/],
      [[{ training: { epochs: 3 } }], /expected a "name" of variant 1, got none/],
      [[{ name: "bad", layers: [{ kind: "convolution" }] }], /layer 1/],
      [[{ name: "bad", layers: 3 }], /expected a list as "layers"/],
      [[decay, decay], /expected names that differ/],
      [[], /expected "variants", a list/],
    ];
    for (const [variants, message] of refused) {
      const { code, err, trained } = await run(
        ["--variants", "x.json", "--out", join(out, "no")],
        list(...variants),
      );
      assert.equal(code, 2, err);
      assert.match(err, message);
      assert.equal(err.trimEnd().split("\n").length, 1, err);
      assert.deepEqual(trained, []);
    }
  }));

Deno.test("ablate's help names everything that can be taken out", () => {
  for (const name of Object.keys(ABLATIONS)) assert.match(command.help, new RegExp(`\\b${name}\\b`));
});

Deno.test("ablate refuses in one line what it cannot take out or read", async () => {
  const cases: [string[], RegExp][] = [
    [["5", "--without", "luck"], /expected each once of channel-expansion, .*, got "luck"/],
    [["5", "--without", "dropout,dropout"], /got "dropout" twice/],
    [["5,4"], /expected one such as "5" or ".*", got "5,4", which are 2; name one/],
    [["five"], /expected numbers from 1 to 9999/],
    [
      ["5", "--without", "dropout", "--variants", "x.json"],
      /expected either --without or --variants, got both/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await run(args);
    assert.equal(code, 2);
    assert.match(err, message);
  }
  const noCycle = surroundings();
  const given = { ...noCycle, made: { ...noCycle.made, loadIteration: () => Promise.resolve(CATALOG[0]) } };
  const { code, err } = await run(["1", "--without", "one-cycle"], given);
  assert.equal(code, 2);
  assert.match(err, /Cannot ablate iteration 1: expected something that "one-cycle" takes out .*, got none/);
});

Deno.test("tables makes the published ablations' files and finds what differs; claims takes whole runs alone", () =>
  withFolder(async (root) => {
    const folder = join(root, "results", "ablations");
    Deno.writeTextFileSync(join(root, "README.md"), "# Title\n");
    await run(["--without", "dropout,one-cycle", "--seeds", "0-3", "--out", folder]);
    let labels: Awaited<ReturnType<TablesSurroundings["loadTestLabels"]>> = "not asked for";
    const make = async (...args: string[]) => {
      const out = recordOutput(), err = recordOutput();
      const code = await tables(args, {
        root,
        loadIterations: () => Promise.resolve(CATALOG),
        loadField: () => Promise.resolve([]),
        loadTestLabels: () => Promise.resolve(labels),
        out,
        err,
      });
      return { code, text: out.text() + err.text() };
    };
    assert.equal((await make()).code, 0);
    const { code, text } = await make("--check");
    assert.equal(code, 0, text);
    const path = join(folder, "ABLATIONS.md");
    Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace("helps", "hurts"));
    const edited = await make("--check");
    assert.equal(edited.code, 1);
    assert.match(edited.text, /ABLATIONS\.md line \d+: expected/);
    // measured again where the labels are
    const before = Deno.readTextFileSync(join(folder, "effects.csv"));
    labels = { labels: smallDataset().test.labels };
    Deno.removeSync(join(folder, "effects.csv"));
    assert.equal((await make()).code, 0);
    assert.equal(Deno.readTextFileSync(join(folder, "effects.csv")), before);
    assert.equal((await make("--check")).code, 0);
    assert.equal(readPublishedEffects(folder)!.rows.length, 2);
    // tables sealed the folder, so that an edit of any file of it is noticed
    const file = join(folder, "effects.csv"), sealed = Deno.readTextFileSync(file);
    Deno.writeTextFileSync(file, sealed.replace("dropout after pooling", "dropout"));
    assert.throws(() => readPublishedEffects(folder), /SHA256SUMS has [0-9a-f]{64} for effects\.csv/);
    Deno.writeTextFileSync(file, sealed);
    const quick = join(root, "quick");
    await run(["--without", "dropout", "--quick", "--seeds", "0-1", "--out", quick]);
    assert.throws(() => readPublishedEffects(quick), /expected whole trainings on MNIST/);
  }));

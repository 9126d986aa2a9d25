/**
 * @file `deno task record` with an engine that trains nothing: what makes a record, and what keeps one from being one.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runBenchmark } from "../../../bench/benchmark.ts";
import { main, type RecordSurroundings } from "../../../bench/commands/record.ts";
import { main as tables } from "../../../bench/commands/tables.ts";
import { verify } from "../../../bench/judge/verify_row.ts";
import { checkRecord, chosenPart } from "../../../bench/records/check_record.ts";
import { freshSeedsOf } from "../../../bench/run/fresh_seeds.ts";
import type { Trial } from "../../../engine/engine.ts";
import type { Iteration } from "../../../models/iteration.ts";
import { FakeEngine } from "../fake_engine.ts";
import { fakeSurroundings, LONG, recordOutput, withFolder } from "../fixtures.ts";

const COMMIT = "c0ffee";
const CLEAN = { commit: COMMIT, dirty: false };
const ENTRY: Iteration = { ...LONG, id: 6, title: "An idea", claim: undefined, criteria: undefined };
const GOOD = (_trial: Trial, epoch: number) => epoch < 4 ? 0.999 : 0.9952;

interface Given {
  readonly root: string;
  readonly iteration?: Iteration;
  readonly accuracy?: (trial: Trial, epoch: number) => number;
  readonly options?: Record<string, unknown>;
  /** What is checked out. */
  readonly git?: { readonly commit: string; readonly dirty: boolean };
  readonly ignored?: readonly string[];
}

function surroundings(
  { root, iteration = ENTRY, accuracy = GOOD, options = {}, git = CLEAN, ignored = [] }: Given,
) {
  const out = recordOutput(), err = recordOutput();
  const engine = () => new FakeEngine({ name: "wasm", testAccuracy: accuracy });
  const made: RecordSurroundings = {
    out,
    err,
    root,
    loadIteration: () => Promise.resolve(iteration),
    commit: () => COMMIT,
    ignored: () => ignored,
    bench(wanted, trained) {
      const fake = fakeSurroundings({ engine: engine() });
      return runBenchmark({ ...wanted, iterations: [trained.id], ...options }, {
        ...fake,
        readEnvironment: () => ({ ...fake.readEnvironment(), git }),
        out: err,
        err,
        loadNamedIterations: () => Promise.resolve([trained]),
      });
    },
    async retrain(wanted) {
      const fake = { ...fakeSurroundings({ engine: engine(), catalog: [] }), random: () => 0 };
      const code = await verify(wanted, fake);
      return code === 0 ? undefined : fake.out.text().trim();
    },
  };
  return { made, out, err };
}

async function run(args: readonly string[], given: Given) {
  const { made, out, err } = surroundings(given);
  const code = await main(args, made);
  return { code, out: out.text().trim(), err: err.text().trim() };
}

const make = (given: Given) => run(["idea", "--iteration", "6", "--seeds", "6"], given);

Deno.test("record makes an entry with the commit's seeds, its test set looked at once, and checks it", () =>
  withFolder(async (root) => {
    const { code, out, err } = await make({ root });
    assert.equal(code, 0, err);
    assert.match(
      out,
      /results\/records\/idea is a record: p < 0\.0001 above 99\.40 %, mark 99\.52 % reached\. Run `deno task tables`/,
    );
    const path = join(root, "results", "records", "idea"), checked = checkRecord(path);
    assert.ok(typeof checked !== "string", String(checked));
    assert.deepEqual(checked.record.trials.map(({ seed }) => seed), freshSeedsOf(COMMIT, 6));
    for (const { epoch, testAccuracy, testLoss } of checked.record.epochs) {
      assert.equal(testAccuracy, epoch === 4 ? 0.9952 : undefined);
      assert.equal(testLoss === undefined, epoch < 4);
    }
    // the best epoch was never seen
    assert.ok(
      checked.record.trials.every(({ finalTestAccuracy, course }) =>
        finalTestAccuracy === 0.9952 && course === undefined
      ),
    );
    assert.match(
      Deno.readTextFileSync(join(path, "trials.csv")),
      /^6,\d+,completed,4,\d+,0\.9952,,,,[0-9a-f]{64},/m,
    );
    const summary = Deno.readTextFileSync(join(path, "SUMMARY.md"));
    assert.match(
      summary,
      /The test set was looked at once, after the last epoch: nobody knows which epoch/,
    );
    assert.ok(!/at epoch 4|4 to 4/.test(summary), summary);
    assert.ok(!err.includes("99.90"));
    const check = await run(["--check", "--epochs", "4"], { root });
    assert.equal(check.code, 0, check.out);
    const { seed } = chosenPart(checked, COMMIT, 4);
    assert.match(
      check.out,
      new RegExp(
        `records/idea: in order \\(p < 0\\.0001 above 99\\.40 %, mark 99\\.52 % reached; seed ${seed}, epochs 1 to 4 came out again\\)`,
      ),
    );
    assert.notEqual(
      new Set(["a", "b", "c", "d", "e", "f", "g"].map((commit) => chosenPart(checked, commit, 1).seed)).size,
      1,
    );
  }));

Deno.test("record goes on with the seeds that an entry was begun with, whatever commit is checked out by then", () =>
  withFolder(async (root) => {
    const begun = await run(["idea", "--iteration", "6", "--seeds", "5"], { root });
    assert.match(begun.out, /is a record/);
    const path = join(root, "results", "records", "idea");
    // a folder that lost a row to an interruption
    const rows = join(path, "trials.csv"),
      kept = Deno.readTextFileSync(rows).trimEnd().split("\n").slice(0, -1);
    Deno.writeTextFileSync(rows, kept.join("\n") + "\n");
    const later = { commit: "facade", dirty: false };
    const more = await run(["idea", "--iteration", "6", "--seeds", "7"], { root, git: later });
    assert.match(more.out, /is a record/, more.err);
    const checked = checkRecord(path);
    assert.ok(typeof checked !== "string", String(checked));
    assert.deepEqual(checked.record.trials.map(({ seed }) => seed), freshSeedsOf(COMMIT, 7));
    // fewer than there are change nothing
    const fewer = await run(["idea", "--iteration", "6", "--seeds", "5"], { root, git: later });
    assert.match(fewer.err, /: 7, 7 of them already there/);
  }));

Deno.test("record refuses files that no commit holds", () =>
  withFolder(async (root) => {
    const dirty = await run(["idea", "--iteration", "6"], { root, git: { commit: COMMIT, dirty: true } });
    assert.equal(dirty.code, 2);
    assert.match(dirty.err, /expected the files of commit c0ffee, got changes that are not committed/);
    for (const file of ["results/runs/search/best.json", join(root, "net.ts")]) {
      const { code, err } = await run(["idea", "--iteration", file], { root });
      assert.equal(code, 2);
      assert.match(
        err,
        /^error: Cannot use --iteration: expected a file of this project that its commit holds/,
      );
    }
    const hidden = await run(["idea", "--iteration", "6"], { root, ignored: ["data/cache/net.json"] });
    assert.equal(hidden.code, 2);
    assert.match(
      hidden.err,
      /^error: Cannot use --iteration: expected files that the commit holds, got "data\/cache\/net\.json", which git ignores; /,
    );
    assert.throws(() => Deno.statSync(join(root, "results")), Deno.errors.NotFound);
  }));

Deno.test("record --check refuses, in one line each, what is no record", async () => {
  const early = { testAtEnd: false }, picked = { freshSeeds: undefined, seeds: [0, 1, 2, 3, 4] };
  const cases: [Omit<Given, "root">, RegExp][] = [
    [
      { options: early },
      /expected the test set to be looked at after epoch 4 alone, got it after epoch 1 of iteration-6-seed-/,
    ],
    [{ options: picked }, /expected seeds that a commit gives \(fresh:N\), got 0-4/],
    [{ options: { freshSeeds: 3 } }, /expected at least 5 seeds, got 3/],
    [{ options: { quick: true, epochs: 2 } }, /expected whole trainings, got shortened ones/],
    [
      { accuracy: () => 0.9938 },
      /expected a mean above 99\.40 %, the floor below 5,000 parameters, with p < 0\.01, got 99\.38 % with p = 1\.0000 \(n = 6\)$/,
    ],
  ];
  for (const [given, message] of cases) {
    await withFolder(async (root) => {
      const made = await make({ root, ...given });
      assert.match(made.out, /is no record yet: expected/);
      const { code, out } = await run(["--check"], { root, ...given });
      assert.equal(code, 2);
      assert.match(out, message);
      assert.equal(out.split("\n").length, 1);
    });
  }
});

Deno.test("record --check notices rows that do not come out again, edits, and another file", () =>
  withFolder(async (root) => {
    await make({ root });
    const other = await run(["--check"], { root, accuracy: (_trial, epoch) => epoch < 4 ? 0.999 : 0.9956 });
    // the figures of one epoch alone are withheld, and so cannot differ
    assert.equal(other.code, 0);
    const whole = await run(["--check", "--epochs", "4"], {
      root,
      accuracy: (_trial, epoch) => epoch < 4 ? 0.999 : 0.9956,
    });
    assert.equal(whole.code, 2);
    assert.match(whole.out, /expected seed \d+, epochs 1 to 4 to come out again, got: /);
    const path = join(root, "results", "records", "idea"), entry = join(path, "entry.json");
    const text = Deno.readTextFileSync(entry);
    Deno.writeTextFileSync(entry, text.replace('"batchSize": 8', '"batchSize": 16'));
    assert.match(
      (await run(["--check"], { root })).out,
      /expected the layers and training that were trained in "entry\.json", got others/,
    );
    Deno.writeTextFileSync(entry, text);
    // the seeds of a commit that was never checked out could be anybody's choice
    const manifest = join(path, "manifest.json"), facts = Deno.readTextFileSync(manifest);
    Deno.writeTextFileSync(
      manifest,
      facts.replace(/"commit": "c0ffee",(?=\s+"dirty")/, '"commit": "facade",'),
    );
    assert.match(
      (await run(["--check"], { root })).out,
      /expected seeds of a commit that trained them, got those of c0ffee/,
    );
    Deno.writeTextFileSync(manifest, facts.replace('"dirty": false', '"dirty": true'));
    assert.match(
      (await run(["--check"], { root })).out,
      /expected trainings of committed files alone, got others/,
    );
    Deno.writeTextFileSync(manifest, facts);
    const rows = join(path, "trials.csv");
    Deno.writeTextFileSync(rows, Deno.readTextFileSync(rows).replace("0.9952", "0.9982"));
    const edited = await run(["--check"], { root });
    assert.equal(edited.code, 2);
    assert.match(edited.out, /expected files that agree, got/);
  }));

Deno.test("record refuses in one line what it cannot make", () =>
  withFolder(async (root) => {
    const big = { ...ENTRY, training: { ...ENTRY.training, epochs: 21 } };
    const cases: [string[], Iteration, RegExp][] = [
      [
        ["idea", "--iteration", "6"],
        big,
        /expected nothing that takes it out of the challenge, got: 21 epochs, the challenge allows 20/,
      ],
      [["Idea", "--iteration", "6"], ENTRY, /expected lower-case letters/],
      [["../idea", "--iteration", "6"], ENTRY, /expected lower-case letters/],
      [["idea"], ENTRY, /expected a name and --iteration, or --check, got no --iteration/],
      [[], ENTRY, /got no name/],
      [["--check", "--seeds", "3"], ENTRY, /expected no --check with it/],
      [["--check", "nobody"], ENTRY, /Cannot check "nobody"/],
      [["idea", "--iteration", "6", "--epochs", "2"], ENTRY, /an entry is trained whole/],
    ];
    for (const [args, iteration, message] of cases) {
      const { code, err } = await run(args, { root, iteration });
      assert.equal(code, 2);
      assert.match(err, message);
      assert.equal(err.split("\n").length, 1);
    }
  }));

Deno.test("tables lists the records and seals their folders", () =>
  withFolder(async (root) => {
    const readme = join(root, "README.md");
    Deno.writeTextFileSync(readme, "# Title\n\n<!-- table:records -->\n<!-- /table -->\n");
    await make({ root });
    const make_ = async (...args: string[]) => {
      const out = recordOutput(), err = recordOutput(), none = () => Promise.resolve([]);
      const loadTestLabels = () => Promise.resolve("not asked for");
      return {
        code: await tables(args, { root, loadIterations: none, loadField: none, loadTestLabels, out, err }),
        text: out.text() + err.text(),
      };
    };
    assert.equal((await make_()).code, 0);
    const checked = await make_("--check");
    assert.equal(checked.code, 0, checked.text);
    assert.match(
      Deno.readTextFileSync(join(root, "results", "records", "README.md")),
      /\| idea +\| An idea \| +3,414 \| +4 \| +6 \| +99\.52 ± 0\.00 \| +99\.52 to 99\.52 \| +99\.40 \| < 0\.0001 \| +99\.52 \| yes +\| +n\/a \| +n\/a \| wasm 1 \|/,
    );
    assert.match(
      Deno.readTextFileSync(readme),
      /\| idea +\| +3,414 \| +6 \| +99\.52 ± 0\.00 \| +99\.40 \| < 0\.0001 \| +99\.52 \| yes +\|/,
    );
    assert.equal((await run(["--check"], { root })).code, 0);
    assert.ok(
      Deno.readTextFileSync(join(root, "results", "records", "idea", "SHA256SUMS")).includes(
        "  entry.json\n",
      ),
    );
  }));

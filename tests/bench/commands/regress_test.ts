import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { main as regress } from "../../../bench/commands/regress.ts";
import { FakeEngine, type FakeEngineOptions } from "../fake_engine.ts";
import { fakeSurroundings, recordOutput, smallDataset, withFolder } from "../fixtures.ts";

/** Accuracies that differ from seed to seed. */
const SPREAD: FakeEngineOptions = {
  name: "wasm",
  testAccuracy: ({ seed }, epoch) => Math.round((0.97 + epoch * 0.004 + seed * 0.0001) * 10_000) / 10_000,
};

async function train(
  out: string,
  line: string,
  engine: FakeEngineOptions = SPREAD,
  dataset = smallDataset(),
) {
  const surroundings = fakeSurroundings({ engine: new FakeEngine(engine), dataset });
  const code = await bench([...line.split(" "), "--no-assert", "--out", out], surroundings);
  assert.equal(code, 0, surroundings.err.text());
}

async function run(args: readonly string[], jobSummary?: string) {
  const out = recordOutput(), err = recordOutput();
  const code = await regress(args, { out, err, jobSummary: () => jobSummary });
  return { code, out: out.text(), err: err.text() };
}

Deno.test("regress passes a run with the reference's bits and says what it compared", () =>
  withFolder(async (folder) => {
    const reference = join(folder, "reference"), again = join(folder, "again");
    await train(reference, "--seeds 0-2");
    await train(again, "--iterations 1 --seeds 0");
    const { code, out, err } = await run([again, "--against", reference]);
    assert.equal(code, 0, err);
    assert.equal(
      out.replaceAll(folder, ""),
      `/again against /reference  MNIST (5,000 training and 2,500 test images): engine wasm 1 against wasm 1
Iteration  Check       Verdict    Found
        1  digests     identical  2 epochs of 1 trial
        1  trials      passed     1 trial completed, 3 in the reference
        1  parameters  passed     7,850
        1  speed       shown      1.00 times the reference (4,000 and 4,000 images/s)

Identical digests: the same bits have the same accuracies, so these are not tested.
Not in the run: iteration 2.
✓ no regression
`,
    );
  }));

Deno.test("regress exits 1 on a regression, 3 where underpowered, 0 where that is allowed", () =>
  withFolder(async (folder) => {
    const reference = join(folder, "reference"), at = (name: string) => join(folder, name);
    await train(reference, "--seeds 0-4 --iterations 2");
    const next = { ...SPREAD, version: 2 };
    const lower = { ...next, testAccuracy: () => 0.97 };
    await train(at("good"), "--seeds 0-4 --iterations 2", next);
    await train(at("few"), "--seeds 7,9 --iterations 2", next);
    await train(at("lower"), "--seeds 5-9 --iterations 2", lower);
    await train(at("moved"), "--seeds 0 --iterations 2", { ...lower, version: 1 });
    const against = (name: string, ...flags: string[]) => run([at(name), "--against", reference, ...flags]);
    assert.equal((await against("good")).code, 0, (await against("good")).out);
    const few = await against("few", "--drop", "0.01");
    assert.equal(few.code, 3);
    assert.match(
      few.out,
      /! underpowered: too few trials to rule a regression out \(iteration 2: final accuracy\)\n$/,
    );
    assert.equal((await against("few", "--drop", "0.01", "--allow-underpowered")).code, 0);
    assert.equal((await against("few", "--drop", "0.5")).code, 0);
    const worse = await against("lower", "--allow-underpowered");
    assert.equal(worse.code, 1);
    assert.match(worse.out, /✗ regression \(iteration 2: final accuracy\)\n$/);
    const moved = await against("moved");
    assert.equal(moved.code, 1);
    assert.match(
      moved.out,
      /REGRESSED +seed 0 epoch 1: expected testAccuracy 0\.974, got 0\.97, with the same/,
    );
    assert.equal((await against("good", "--least-speed", "1.1")).code, 1);
  }));

Deno.test("regress appends a Markdown summary to the file that is named, else to the job's", () =>
  withFolder(async (folder) => {
    const reference = join(folder, "reference"),
      again = join(folder, "again"),
      file = join(folder, "summary.md");
    await train(reference, "--seeds 0-1 --iterations 1");
    await train(again, "--seeds 0 --iterations 1");
    Deno.writeTextFileSync(file, "Before.\n\n");
    const job = join(folder, "job.md");
    assert.equal((await run([again, "--against", reference, "--summary", file], job)).code, 0);
    assert.equal(
      Deno.readTextFileSync(file),
      `Before.

## ✓ no regression

MNIST (5,000 training and 2,500 test images): engine wasm 1 against wasm 1.

| Iteration | Check      | Verdict   | Found                                               |
| --------: | ---------- | --------- | --------------------------------------------------- |
|         1 | digests    | identical | 2 epochs of 1 trial                                 |
|         1 | trials     | passed    | 1 trial completed, 2 in the reference               |
|         1 | parameters | passed    | 7,850                                               |
|         1 | speed      | shown     | 1.00 times the reference (4,000 and 4,000 images/s) |

Identical digests: the same bits have the same accuracies, so these are not tested.

`,
    );
    assert.throws(() => Deno.statSync(job), Deno.errors.NotFound);
    assert.equal((await run([again, "--against", reference], job)).code, 0);
    assert.match(Deno.readTextFileSync(job), /^## ✓ no regression\n/);
    const unwritable = await run([again, "--against", reference, "--summary", folder]);
    assert.equal(unwritable.code, 2);
    assert.match(
      unwritable.err,
      /^error: Cannot write the summary to ".*": expected a file that can be written, got "/,
    );
  }));

Deno.test("regress refuses results that it cannot judge, with one line and without writing anything", () =>
  withFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    await train(at("reference"), "--seeds 0-1 --iterations 1");
    await train(at("other"), "--seeds 0-1 --iterations 2");
    await train(at("drawn"), "--seeds 0 --iterations 1", SPREAD, smallDataset("synthetic"));
    const changed = smallDataset();
    await train(at("data"), "--seeds 0 --iterations 1", SPREAD, {
      ...changed,
      digests: { ...changed.digests, "train-labels-idx1-ubyte": "cc" },
    });
    Deno.mkdirSync(at("empty"));
    Deno.writeTextFileSync(at("file"), "text");
    const edited = async (name: string, file: string, change: (text: string) => string) => {
      await train(at(name), "--seeds 0-1 --iterations 1");
      const path = join(at(name), file), text = Deno.readTextFileSync(path);
      assert.notEqual(change(text), text);
      Deno.writeTextFileSync(path, change(text));
    };
    await edited("torn", "trials.csv", (text) => text.slice(0, -9));
    await edited("lone", "trials.csv", (text) => text.split("\n")[0] + "\n");
    await edited("twice", "trials.csv", (text) => text + text.split("\n")[1] + "\n");
    await edited("schema", "manifest.json", (text) => text.replace(/"schema": \d+/, '"schema": 9'));
    await edited("edited", "trials.csv", (text) => text.replace(",0.978,", ",0.999,"));
    await edited("mixed", "manifest.json", (text) => text.replace('"batchSize": 8', '"batchSize": 9'));
    const cases: [string[], RegExp][] = [
      [[at("nowhere")], /Cannot read the results in ".*nowhere": expected a folder, got none/],
      [[at("file")], /expected a folder, got a file/],
      [[at("empty")], /expected "manifest\.json" in it, got none/],
      [[at("torn")], /Cannot read ".*torn\/trials\.csv" line 3: expected a whole line, got "/],
      [[at("lone")], /expected a trial in ".*trials\.csv", got none/],
      [[at("twice")], /expected each trial once, got iteration-1-seed-0 twice/],
      [[at("schema")], /expected schema \d+, got 9/],
      [
        [at("edited")],
        /expected files that agree, got ".*iteration-1-seed-0 has finalTestAccuracy 0\.999 in/,
      ],
      [[at("mixed")], /expected layers and training of iteration 1 with SHA-256/],
      [[at("other")], /expected trials of iterations that both have \(1\), got 2; train one of them/],
      [[at("drawn")], /expected the same data set, mnist, got synthetic; train on the same data/],
      [[at("data")], /expected the same train-labels-idx1-ubyte, bb, got cc/],
      [[at("reference")], /expected two folders, got the same one/],
      [[at("reference"), at("other")], /expected at most 1 argument/],
      [[at("other"), "--frob"], /expected one of --against, .*, got "--frob"/],
      [[at("other"), "--alpha", "1"], /Cannot use --alpha: expected a number between 0 and 1, got "1"/],
      [[at("other"), "--power", "0"], /Cannot use --power: expected a number between 0 and 1, got "0"/],
      [
        [at("other"), "--drop", "-1"],
        /Cannot use --drop: expected percentage points above 0 such as 0\.05, got "-1"/,
      ],
      [[at("other"), "--least-speed", "fast"], /Cannot use --least-speed: expected a ratio above 0/],
    ];
    const summary = at("summary.md");
    for (const [args, wanted] of cases) {
      const { code, out, err } = await run([...args, "--against", at("reference"), "--summary", summary]);
      assert.equal(code, 2, err);
      assert.match(err, /^error: Cannot [^\n]*\n$/);
      assert.match(err, wanted);
      assert.equal(out, "");
    }
    assert.throws(() => Deno.statSync(summary), Deno.errors.NotFound);
    assert.match(
      (await run([at("other"), "--against", at("nowhere")])).err,
      /nowhere": expected a folder, got none/,
    );
    assert.equal((await run(["--help"])).code, 0);
  }));

Deno.test("regress prints its verdict where the job's summary cannot be written", () =>
  withFolder(async (folder) => {
    const reference = join(folder, "reference"), again = join(folder, "again");
    await train(reference, "--seeds 0-1 --iterations 1");
    await train(again, "--seeds 0 --iterations 1");
    const { code, out, err } = await run([again, "--against", reference], folder);
    assert.equal(code, 0);
    assert.match(out, /✓ no regression\n$/);
    assert.match(err, /^warning: Cannot write the summary to "[^\n]*\n$/);
  }));

Deno.test("regress --json gives every check as one document", () =>
  withFolder(async (folder) => {
    const reference = join(folder, "reference"), again = join(folder, "again");
    await train(reference, "--seeds 0-1 --iterations 1");
    await train(again, "--seeds 0 --iterations 1");
    const { status, run: path, against, iterations } = JSON.parse(
      (await run([again, "--against", reference, "--json"])).out,
    );
    assert.deepEqual([status, path, against], ["passed", again, reference]);
    assert.deepEqual(
      iterations[0].checks.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`),
      ["digests passed", "trials passed", "parameters passed", "speed shown"],
    );
  }));

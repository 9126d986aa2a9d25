import assert from "node:assert/strict";
import { join } from "node:path";
import { runBenchmark } from "../../../bench/benchmark.ts";
import { main as bench } from "../../../bench/commands/bench.ts";
import { type CompareSurroundings, main as compare } from "../../../bench/commands/compare.ts";
import { escapeText } from "../../../bench/report/html/markup.ts";
import { listRuns } from "../../../bench/run/latest_run.ts";
import { FakeEngine, type FakeEngineOptions } from "../fake_engine.ts";
import { CATALOG, fakeSurroundings, recordOutput, smallDataset, withFolder } from "../fixtures.ts";

/** Iteration 2 is right in 20 images of 2,500 more than iteration 1; two images more or fewer from seed to seed. */
const SPREAD: FakeEngineOptions = {
  name: "wasm",
  testAccuracy: ({ iteration, seed }) => (2400 + 20 * iteration.id + 2 * (seed % 2)) / 2500,
};

async function train(
  root: string,
  name: string,
  line: string,
  engine: FakeEngineOptions = SPREAD,
  dataset = smallDataset(),
): Promise<string> {
  const out = join(root, "results", name);
  const surroundings = fakeSurroundings({ engine: new FakeEngine(engine), dataset });
  const code = await bench([...line.split(" "), "--no-assert", "--out", out], surroundings);
  assert.equal(code, 0, surroundings.err.text());
  return out;
}

/** Compares in a project in `root`; what is trained is trained by the same engine. */
async function run(root: string, line: string, given: Partial<CompareSurroundings> = {}) {
  const out = recordOutput(), err = recordOutput();
  const trained: string[] = [];
  const code = await compare(line.split(" ").filter((word) => word !== ""), {
    out,
    err,
    root,
    published: join(root, "results", "reference"),
    records: join(root, "results", "records"),
    loadIteration(name) {
      const found = CATALOG.find(({ id }) => id === name);
      return found === undefined
        ? Promise.reject(new RangeError(`Cannot use iteration ${name}: expected 1 or 2, got no such number`))
        : Promise.resolve(found);
    },
    loadTestLabels: () => Promise.resolve({ labels: smallDataset().test.labels }),
    engineOf: () => Promise.resolve({ name: "wasm", version: 1 }),
    async train({ iteration, seeds, run }) {
      trained.push(`${iteration.id}: ${seeds.join(",")}`);
      const { folder } = await runBenchmark(
        {
          iterations: [iteration.id],
          seeds,
          engine: "wasm",
          out: run?.path ?? join(root, "results", "runs", "mnist-wasm1"),
          assert: false,
        },
        { ...fakeSurroundings({ engine: new FakeEngine(SPREAD) }), out: err, err },
      );
      return folder;
    },
    ...given,
  });
  const plain = (text: string) => text.replaceAll(root, "");
  return { code, out: plain(out.text()), err: plain(err.text()), trained };
}

Deno.test("compare says which iteration is better, by the published trials", () =>
  withFolder(async (root) => {
    await train(root, "reference", "--seeds 0-3");
    const { code, out, err } = await run(root, "1 2");
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^Side {2}Iteration {2}n {2}Final mean ± SD \[%\] {2}Parameters/);
    assert.match(
      out,
      /\nB − A {2}these images {15}\+0\.800 {10}\+0\.78 to \+0\.82 {2}< 0\.0001 {2}B is better\n/,
    );
    assert.match(
      out,
      /\nOn these 2,500 images B \(2 Long\) is better than A \(1 Short\) by 0\.80 points \(0\.78 to 0\.82\)\. Other seeds would say the same \(p < 0\.0001\)\.\n/,
    );
    assert.match(
      out,
      /On average over 4 pairs of networks, 20 of 2,500 images are right only in B, 0 only in A\.\n/,
    );
    assert.match(out, /\n +0 +20 +0 {2}< 0\.0001\n/);
    // the other way round it is worse
    const turned = await run(root, "2 1");
    assert.equal(turned.code, 1);
    assert.match(turned.out, /A \(2 Long\) is better than B \(1 Short\) by 0\.80 points/);
  }));

Deno.test("compare finds an iteration's trials among the records, too", () =>
  withFolder(async (root) => {
    await train(root, "reference", "--iterations 1 --seeds 0-3");
    await train(root, "records/idea", "--iterations 2 --seeds 10-13");
    const { code, out, err } = await run(root, "1 2");
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /B \(2 Long\) is better than A \(1 Short\) by 0\.80 points/);
  }));

Deno.test("compare takes runs by their folder and iteration, and exits 3 where it cannot say", () =>
  withFolder(async (root) => {
    await train(root, "reference", "--seeds 0-3");
    // two seeds that contradict each other
    const before = await train(root, "before", "--iterations 1 --seeds 0-1", {
      ...SPREAD,
      testAccuracy: ({ seed }) => seed === 0 ? 0.97 : 0.96,
    });
    const { code, out } = await run(root, `${join(root, "results", "reference")}:1 ${before}`);
    assert.equal(code, 3);
    assert.match(
      out,
      /it cannot be said which is better \(B − A: −0\.\d+ points, [^)]*; p = 0\.\d+\)\. A difference/,
    );
    assert.match(
      out,
      /\nLeft out of A, since the other side lacks them: seeds 2,3; --seeds N trains what is missing\.\n/,
    );
    assert.equal((await run(root, `${before} 2 --by digits`)).code, 3);
  }));

Deno.test("compare --seeds trains what is missing on both sides first, and nothing the second time", () =>
  withFolder(async (root) => {
    await train(root, "reference", "--seeds 0-1");
    const first = await run(root, "1 2 --seeds 4");
    assert.equal(first.code, 0, first.err);
    assert.deepEqual(first.trained, ["1: 2,3", "2: 2,3"]);
    assert.match(first.out, /On average over 4 pairs of networks/);
    assert.match(first.out, /A +1 Short +4 /);
    const second = await run(root, "1 2 --seeds 4");
    assert.deepEqual([second.trained, second.out], [[], first.out]);
    // without the flag they are there as well
    assert.equal((await run(root, "1 2")).out, first.out);
    // a run's own folder gets its own seeds
    const mine = await train(root, "mine", "--iterations 2 --seeds 1");
    const third = await run(root, `1 ${mine} --seeds 2`);
    assert.deepEqual(third.trained, ["2: 0"]);
    assert.equal(listRuns(root).length, 1);
  }));

Deno.test("compare says that training was interrupted, by its exit code", () =>
  withFolder(async (root) => {
    await train(root, "reference", "--seeds 0-1");
    const { code, out } = await run(root, "1 2 --seeds 3", { train: () => Promise.resolve(undefined) });
    assert.deepEqual([code, out], [130, ""]);
  }));

Deno.test("compare writes Markdown, a page and JSON that say the same", () =>
  withFolder(async (root) => {
    await train(root, "reference", "--seeds 0-2");
    const markdown = join(root, "c.md"), html = join(root, "c.html");
    const { code, out } = await run(root, `1 2 --markdown ${markdown} --html ${html} --json`);
    assert.equal(code, 0);
    const { pairs: [{ sentences, difference, images }], exitCode } = JSON.parse(out);
    assert.deepEqual([exitCode, difference.toFixed(4), images.status], [0, "0.0080", "better"]);
    const page = Deno.readTextFileSync(html), text = Deno.readTextFileSync(markdown);
    for (const sentence of sentences) {
      assert.ok(text.includes(`- ${sentence}\n`), sentence);
      assert.ok(page.includes(`<li>${escapeText(sentence)}</li>`), sentence);
    }
    assert.match(text, /^# A \(1 Short\) against B \(2 Long\)\n/);
    assert.match(page, /<svg class="plot"[^]*B − A, new images/);
    assert.ok(!/(?:src|href)="http|<script/.test(page));
  }));

Deno.test("compare warns where writers are missing, and says nothing of new digits then", () =>
  withFolder(async (root) => {
    await train(root, "reference", "--seeds 0-2");
    const { out, err } = await run(root, "1 2", {
      loadTestLabels(_, { onAbsent }) {
        onAbsent("The writers of MNIST's images are not known: no files.");
        return Promise.resolve({ labels: smallDataset().test.labels, writers: "missing" });
      },
    });
    assert.equal(err, "warning: The writers of MNIST's images are not known: no files.\n");
    assert.match(out, /On new digits nothing can be said: the writers of the test images are not known\./);
  }));

Deno.test("compare refuses sides that say nothing about each other, in one line", () =>
  withFolder(async (root) => {
    const reference = await train(root, "reference", "--seeds 0-1");
    const at = (name: string) => join(root, "results", name);
    await train(root, "quick", "--quick --iterations 1");
    await train(root, "short", "--iterations 1 --epochs 1 --seeds 0-1");
    await train(root, "one", "--iterations 1 --seeds 0-1");
    await train(root, "diverged", "--iterations 1 --seeds 0", { ...SPREAD, diverges: { "1 0": 1 } });
    const other = smallDataset();
    await train(root, "other", "--iterations 1 --seeds 0-1", SPREAD, {
      ...other,
      digests: { ...other.digests, "train-labels-idx1-ubyte": "cc" },
    });
    await train(root, "bare", "--iterations 1 --seeds 0-1");
    Deno.removeSync(join(at("bare"), "predictions"), { recursive: true });
    const cases: [string, RegExp][] = [
      ["", /expected 2 to 10 sides such as "5 \.\/my_net\.ts", got none; see --help/],
      ["1", /expected 2 to 10 sides such as "5 \.\/my_net\.ts", got 1; see --help/],
      ["1 1", /expected different trials, got the same; name another side/],
      ["1 7", /Cannot use iteration 7: expected 1 or 2, got no such number/],
      [`1 ${at("none")}`, /expected a folder, got none; name another folder/],
      [
        `1 ${reference}`,
        /expected one of the iterations 1,2 of that run, got none named; write ".*reference:1"/,
      ],
      [`1 ${reference}:3`, /expected one of the iterations 1,2 of that run, got 3; write/],
      [
        `1 ${at("quick")}`,
        /expected a whole run, got a quick one, which is no result; train without --quick/,
      ],
      [`1 ${at("other")}`, /expected SHA-256 of "train-labels-idx1-ubyte" bb, got cc; train both/],
      [`1 ${at("short")}`, /expected epochs full length, got 1; train both the same/],
      [`1 ${at("bare")}`, /predictions\/iteration-1-seed-0\.bin is missing.*; restore them/],
      [`1 ${at("diverged")}`, /expected a trial that ran to its end, got seed 0 diverged/],
      ["1 2 --engine wasm", /Cannot use --engine: expected --seeds with it, got none/],
      ["1 2 --by seeds", /Cannot use --by: expected one of images, digits, got "seeds"/],
      ["1 2 --margin x", /Cannot use --margin: expected percentage points above 0 such as 0\.05, got "x"/],
      [`1 2 --markdown ${join(root, "no", "where.md")}`, /expected a place that can be written, got/],
      [
        `${reference}:1 ${at("one")} --seeds 3`,
        /expected a run of yours, got the published results; name the it/,
      ],
    ];
    for (const [line, wanted] of cases) {
      const { code, err } = await run(root, line);
      assert.equal(code, 2, line);
      assert.match(err, /^error: Cannot [^\n]*\n$/);
      assert.match(err, wanted);
    }
    Deno.removeSync(reference, { recursive: true });
    const { err } = await run(root, "1 2");
    assert.match(
      err,
      /expected whole trials of iteration 1 on MNIST in ".*", got none; pass --seeds N to train them/,
    );
  }));

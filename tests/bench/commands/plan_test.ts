import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { main as plan } from "../../../bench/commands/plan.ts";
import { requiredSeeds } from "../../../bench/judge/seed_plan.ts";
import { FakeEngine } from "../fake_engine.ts";
import { fakeSurroundings, recordOutput, withFolder } from "../fixtures.ts";

async function run(line: string) {
  const out = recordOutput(), err = recordOutput();
  const code = await plan(line.split(" ").filter(Boolean), { out, err });
  return { code, out: out.text(), err: err.text() };
}

Deno.test("plan says how many seeds show a supposed mean above the target", async () => {
  const { code, out, err } = await run("--target 99.4 --mean 99.45 --sd 0.05 --power 0.9");
  assert.equal(code, 0, err);
  assert.equal(
    out,
    `To show that the mean final accuracy is above 99.40 % at p < 0.01 (one-sided t test) with power 0.9,
if the mean is 99.45 % and the standard deviation 0.05 points:

  n = 16 seeds

 n  Power
 2  0.036
 3  0.076
 5  0.218
10  0.639
16  0.903

This is about seeds. 10,000 test images at 99.45 % add a standard error of
0.074 points (95 %: 99.28 to 99.58 %), which more seeds do not make smaller.
`,
  );
  assert.match((await run("--mean 99.4003 --sd 1")).out, /more than 100,000 seeds/);
  assert.match((await run("--mean 99.9 --sd 0.01")).out, /n = 2 seeds\n\nn {2}Power\n2 {2}0\.974\n/);
});

Deno.test("requiredSeeds() are those of SciPy's noncentral t", () => {
  // SciPy 1.17.1: the power of one standard deviation at 0.01 is 0.8766 with 15 and 0.9034 with 16 trials.
  const goal = { target: 0.994, alpha: 0.01, power: 0.9 };
  assert.equal(requiredSeeds(0.9945, 0.0005, goal), 16);
  assert.equal(requiredSeeds(0.9945, 0.0005, { ...goal, power: 0.87 }), 15);
  assert.equal(requiredSeeds(0.9939, 0.0005, goal), undefined);
});

Deno.test("plan takes mean and deviation from a run", () =>
  withFolder(async (folder) => {
    const out = join(folder, "run");
    const engine = new FakeEngine({
      testAccuracy: ({ iteration, seed }) => iteration.id === 1 ? 0.99 : 0.9945 + (seed - 1) * 0.0005,
    });
    await bench(["--seeds", "0-2", "--no-assert", "--out", out], fakeSurroundings({ engine }));
    const planned = await run(`--from ${out}`);
    assert.equal(planned.code, 0, planned.err);
    const rows = planned.out.split("\n").filter((line) => /^ +[12] /.test(line)).map((line) => line.trim());
    assert.equal(rows.length, 2);
    assert.match(rows[0], /^1 +3 +99\.00 ± 0\.00 +mean not above +n\/a$/);
    // With three trials the upper end of the deviation's 80 % interval is 3.08 times the deviation.
    assert.match(rows[1], /^2 +3 +99\.45 ± 0\.05 +16 +12\d$/);
    const one = (await run(`--from ${out} --iteration 2`)).out.split("\n").filter((line) =>
      /^ +[12] /.test(line)
    );
    assert.equal(one.length, 1);
    const unknown = await run(`--from ${out} --iteration 5`);
    assert.equal(unknown.code, 2);
    assert.match(
      unknown.err,
      /Cannot use --iteration: expected one with trials in ".*" \(1, 2\), got "5"\n$/,
    );
    await bench(["--seeds", "0", "--no-assert", "--out", `${out}-1`], fakeSurroundings({ engine }));
    assert.match((await run(`--from ${out}-1`)).out, /2 +1 +99\.40 ± n\/a +mean not above/);
  }));

Deno.test("plan takes two seeds that tie for known to an image, and plans no two where they may spread", () =>
  withFolder(async (folder) => {
    const out = join(folder, "run"), engine = new FakeEngine({ testAccuracy: () => 0.9948 });
    await bench(
      ["--iterations", "2", "--seeds", "0-1", "--no-assert", "--out", out],
      fakeSurroundings({ engine }),
    );
    // SciPy 1.17.1: 3 seeds for 2 images of 2,500 with SD 1/√12 images, 20 with 7.96 times that, the interval's end
    assert.match((await run(`--from ${out}`)).out, /^ +2 +2 +99\.48 ± 0\.00 +3 +20$/m);
  }));

Deno.test("plan refuses what it cannot plan, in one line", async () => {
  const cases: [string, string][] = [
    ["", "Cannot plan: expected --mean and --sd, or --from RUN, got neither; see --help"],
    ["--mean 99.5", "got --mean; see --help"],
    ["--mean 99.4 --sd 0.1", "expected a --mean above the target 99.40 %, got 99.40 %"],
    ["--mean 99.3 --sd 0.1", "expected a --mean above the target 99.40 %, got 99.30 %"],
    ["--mean 0.9945 --sd 0.1", 'Cannot use --mean: expected a percentage above 1 such as 99.4, got "0.9945"'],
    ["--mean 100.1 --sd 0.1", 'got "100.1"'],
    ["--mean 99.5 --sd 0", 'Cannot use --sd: expected percentage points above 0 such as 0.05, got "0"'],
    ["--mean 99.5 --sd 0.1 --power 1", 'Cannot use --power: expected a number between 0 and 1, got "1"'],
    ["--mean 99.5 --sd 0.1 --alpha x", 'Cannot use --alpha: expected a number between 0 and 1, got "x"'],
    ["--mean 99.5 --sd 0.1 --from x", "Cannot use --from: expected either it or --mean and --sd, got both"],
    ["--mean 99.5 --sd 0.1 --iteration 5", "Cannot use --iteration: expected --from with it"],
    ["--from nowhere", 'Cannot read the results in "nowhere": expected a folder, got none'],
    ["--goal 99.4", "expected one of --target, --mean"],
  ];
  for (const [line, wanted] of cases) {
    const { code, out, err } = await run(line);
    assert.equal(code, 2, line);
    assert.match(err, /^error: Cannot [^\n]*\n$/);
    assert.ok(err.includes(wanted), `${line}: ${err}`);
    assert.equal(out, "");
  }
  assert.match((await run("--help")).out, /^Plans how many seeds/);
});

Deno.test("plan --json gives the numbers of the text as one document", () =>
  withFolder(async (folder) => {
    const supposed = JSON.parse((await run("--mean 99.45 --sd 0.05 --json")).out);
    assert.deepEqual(supposed.goal, { target: 0.994, alpha: 0.01, power: 0.9 });
    assert.equal(supposed.plan.seeds, 16);
    assert.deepEqual(supposed.plan.powers.map(({ seeds }: { seeds: number }) => seeds), [2, 3, 5, 10, 16]);
    const out = join(folder, "run");
    const engine = new FakeEngine({
      testAccuracy: ({ iteration, seed }) => iteration.id === 1 ? 0.99 : 0.9945 + (seed - 1) * 0.0005,
    });
    await bench(["--seeds", "0-2", "--no-assert", "--out", out], fakeSurroundings({ engine }));
    const { from, plans } = JSON.parse((await run(`--from ${out} --json`)).out);
    assert.equal(from, out);
    assert.deepEqual(
      plans.map(({ iteration, status, seeds }: Record<string, unknown>) => [iteration, status, seeds]),
      [[1, "mean not above", undefined], [2, "planned", 16]],
    );
  }));

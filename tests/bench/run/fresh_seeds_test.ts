import assert from "node:assert/strict";
import { join } from "node:path";
import {
  addFreshSeeds,
  deriveFreshSeeds,
  freshSeedsOf,
  provenFreshSeeds,
} from "../../../bench/run/fresh_seeds.ts";
import { main } from "../../../bench/commands/bench.ts";
import { FakeEngine } from "../fake_engine.ts";
import { type FakeSurroundings, fakeSurroundings, withFolder } from "../fixtures.ts";

Deno.test("freshSeedsOf() are the first bytes of SHA-256, ascending", () => {
  // printf 'fresh seed 0 of c0ffee' | sha256sum, and so on for 1 and 2.
  const known = [0x4483172d, 0x5e8a0dfd, 0x9107b977];
  assert.deepEqual(freshSeedsOf("c0ffee", 3), [...known].sort((a, b) => a - b));
  assert.deepEqual(freshSeedsOf("c0ffee", 1), [known[0]]);
  assert.notDeepEqual(freshSeedsOf("c0ffef", 3), freshSeedsOf("c0ffee", 3));
  assert.equal(new Set(freshSeedsOf("c0ffee", 1000)).size, 1000);
});

Deno.test("deriveFreshSeeds() refuses to derive seeds without a commit or from one that is not what is trained", () => {
  assert.throws(() => deriveFreshSeeds(5, null), {
    name: "UsageError",
    message:
      "Cannot derive 5 fresh seeds: expected a git commit to derive them from, got none; clone the repository or, where there is --seeds, name them",
  });
  assert.throws(() => deriveFreshSeeds(5, { commit: "c0ffee", dirty: true }), {
    message:
      "Cannot derive 5 fresh seeds: expected the files of commit c0ffee, got changes that are not committed; commit them or, where there is --seeds, name seeds",
  });
  const reason = `"fatal: detected dubious ownership in repository at '/x'" from git`;
  assert.throws(() => deriveFreshSeeds(5, { commit: "c0ffee", dirty: null }, { problem: reason }), {
    message:
      `Cannot derive 5 fresh seeds: expected git to say whether the files are those of commit c0ffee, got ${reason}; let git read the folder or, where there is --seeds, name them`,
  });
});

Deno.test("provenFreshSeeds() takes no seed that its commit does not give", () => {
  const seeds = freshSeedsOf("c0ffee", 3);
  assert.deepEqual(provenFreshSeeds([{ commit: "c0ffee", seeds }]), new Set(seeds));
  assert.deepEqual(provenFreshSeeds([{ commit: "c0ffee", seeds: [7, seeds[1]] }]).has(7), false);
  assert.deepEqual(provenFreshSeeds([{ commit: "c0ffef", seeds }]), new Set());
});

Deno.test("addFreshSeeds() keeps every seed of every commit", () => {
  const of = (commit: string, count: number) => ({ commit, seeds: freshSeedsOf(commit, count) });
  let recorded = addFreshSeeds([], of("a", 3));
  recorded = addFreshSeeds(recorded, of("b", 2));
  assert.deepEqual(addFreshSeeds(recorded, of("a", 1)), [of("b", 2), of("a", 3)]);
  assert.deepEqual(addFreshSeeds(recorded, of("a", 5)), [of("b", 2), of("a", 5)]);
});

Deno.test("main() with --seeds fresh:2 trains the commit's seeds, marks them and continues with the same", () =>
  withFolder(async (folder) => {
    const out = join(folder, "run");
    const run = async (line: string, surroundings: FakeSurroundings = fakeSurroundings()) => {
      const code = await main([...line.split(" "), "--no-assert", "--out", out], surroundings);
      return { code, out: surroundings.out.text(), err: surroundings.err.text() };
    };
    const [low, high] = freshSeedsOf("c0ffee", 2);
    const first = await run("--iterations 1 --seeds fresh:2");
    assert.equal(first.code, 0, first.err);
    assert.match(first.err, new RegExp(`seeds ${low},${high} of commit c0ffee: 2\n`));
    assert.match(first.out, /\n +1 +7,850 +2 \(2 fresh\) /);
    const summary = () => Deno.readTextFileSync(join(out, "SUMMARY.md"));
    assert.match(summary(), new RegExp(`\\| +1 \\| +${low} \\(fresh\\) \\|`));
    assert.match(summary(), /Fresh: the seed was derived from the hash of the commit/);
    assert.match((await run("--iterations 1 --seeds fresh:2")).err, /: 2, 2 of them already there/);

    // Seeds that somebody named stand beside them unmarked.
    await run("--iterations 1 --seeds 7");
    assert.match(summary(), /\| +1 \| +7 \|/);
    assert.match(summary(), /\| 3 \(2 fresh\) \|/);

    // A manifest that calls a picked seed fresh is not believed.
    const path = join(out, "manifest.json"), manifest = JSON.parse(Deno.readTextFileSync(path));
    assert.deepEqual(manifest.freshSeeds, [{ commit: "c0ffee", seeds: [low, high] }]);
    manifest.freshSeeds[0].seeds.push(7);
    Deno.writeTextFileSync(path, JSON.stringify(manifest));
    await run("--iterations 1 --seeds 7");
    assert.match(summary(), /\| 3 \(2 fresh\) \|/);
    manifest.freshSeeds = [7];
    Deno.writeTextFileSync(path, JSON.stringify(manifest));
    const broken = await run("--iterations 1 --seeds 7");
    assert.equal(broken.code, 2);
    assert.match(broken.err, /expected an object in "freshSeeds\[0\]", got 7/);
  }));

Deno.test("main() with --seeds fresh:2 and uncommitted changes exits 2 before anything is loaded or written", () =>
  withFolder(async (folder) => {
    const out = join(folder, "run"), base = fakeSurroundings({ engine: new FakeEngine() });
    const environment = { ...base.readEnvironment(), git: { commit: "c0ffee", dirty: true } };
    const surroundings: FakeSurroundings = {
      ...base,
      readEnvironment: () => environment,
      loadDataset: () => Promise.reject(new Error("loaded")),
    };
    assert.equal(await main(["--seeds", "fresh:2", "--out", out], surroundings), 2);
    assert.match(surroundings.err.text(), /^error: Cannot derive 2 fresh seeds: .*\n$/);
    assert.throws(() => Deno.statSync(out), Deno.errors.NotFound);
  }));

import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { latestRun } from "../../../bench/run/latest_run.ts";
import { fakeSurroundings, withFolder } from "../fixtures.ts";

Deno.test("latestRun() is the run whose last command began last, among those that suit", () =>
  withFolder(async (root) => {
    assert.equal(latestRun(root), undefined);
    const at = (name: string) => join(root, "results", "runs", name);
    const train = async (name: string, start: string, ...flags: string[]) => {
      const surroundings = { ...fakeSurroundings(), date: () => new Date(start) };
      const args = ["--iterations", "1", "--no-assert", "--out", at(name), ...flags];
      assert.equal(await bench(args, surroundings), 0);
    };
    await train("old", "2026-01-01T00:00:00Z", "--seeds", "0");
    await train("new", "2026-01-02T00:00:00Z", "--seeds", "0");
    await train("quick", "2026-01-03T00:00:00Z", "--quick");
    Deno.mkdirSync(at("no-run"));
    assert.equal(latestRun(root), at("quick"));
    assert.equal(latestRun(root, ({ quick }) => !quick), at("new"));
    await train("old", "2026-01-04T00:00:00Z", "--seeds", "1");
    assert.equal(latestRun(root, ({ quick }) => !quick), at("old"));
  }));

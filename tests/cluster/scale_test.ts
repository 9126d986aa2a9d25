/**
 * @file Plans of 100, 5,000 and 10,000 trials, ten in each shard: planned, shared out and merged by real processes.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { measureSize } from "../../bench/perf/shards.ts";
import { withFolder } from "../bench/fixtures.ts";
import { isPrepared } from "./checkout.ts";

const MOST_BYTES = 500e6;

Deno.test({
  name: "planning, sharing out and merging take time in proportion to the trials, and 500 MB for 10,000",
  ignore: !isPrepared("nodes"),
  fn: () =>
    withFolder(async (folder) => {
      const [small, middle, large] = [
        await measureSize(100, join(folder, "100")),
        await measureSize(5_000, join(folder, "5000")),
        await measureSize(10_000, join(folder, "10000")),
      ];
      for (const { trials, plan, shareSeconds, merge } of [small, middle, large]) {
        console.log(
          `${trials} trials: plan ${plan.cpuSeconds.toFixed(1)} s, share out ${
            shareSeconds.toFixed(2)
          } s, merge ${merge.cpuSeconds.toFixed(1)} s of CPU and ${(merge.peakBytes / 1e6).toFixed(0)} MB`,
        );
        assert.ok(merge.peakBytes <= MOST_BYTES && plan.peakBytes <= MOST_BYTES);
      }
      // Each process starts and draws the data, which the smallest shows. Of what comes on top the second 5,000 trials
      // take as much as the first in proportion, and three times as much if it were quadratic. Both are seconds, so that
      // what a busy machine adds to one of them, some tenths, cannot decide.
      const first = middle.merge.cpuSeconds - small.merge.cpuSeconds;
      const second = large.merge.cpuSeconds - middle.merge.cpuSeconds;
      assert.ok(second < 2 * first, `${first.toFixed(1)} s, then ${second.toFixed(1)} s`);
    }),
});

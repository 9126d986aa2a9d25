/**
 * @file Plans of 100, 1,000 and 10,000 trials, ten in each shard: planned, shared out and merged by real processes.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { measureSize } from "../../bench/perf/shards.ts";
import { withFolder } from "../bench/fixtures.ts";
import { isPrepared } from "./checkout.ts";

const MOST_BYTES = 500e6;
/** How far the processor time of the same process is off from one run to the next on a busy machine. */
const NOISE_SECONDS = 0.5;

Deno.test({
  name: "planning, sharing out and merging take time in proportion to the trials, and 500 MB for 10,000",
  ignore: !isPrepared("nodes"),
  fn: () =>
    withFolder(async (folder) => {
      const [small, middle, large] = [
        await measureSize(100, join(folder, "100")),
        await measureSize(1_000, join(folder, "1000")),
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
      // Each process starts and draws the data, which is the same for all: the rest is what grows. Quadratic, the second
      // step would cost ten times as much a trial as the first; compilers that warm up and caches make up for a factor of
      // two. The first step is a second or less, so what a busy machine adds to it must not decide.
      const perTrial = (a: typeof small, b: typeof small, noise = 0) =>
        (b.merge.cpuSeconds - a.merge.cpuSeconds + noise) / (b.trials - a.trials);
      assert.ok(perTrial(middle, large) < 2 * perTrial(small, middle, NOISE_SECONDS));
    }),
});

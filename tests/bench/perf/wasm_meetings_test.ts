import assert from "node:assert/strict";
import { profileMeetings } from "../../../bench/perf/wasm_meetings.ts";
import { loadNamedIterations } from "../../../models/catalog.ts";
import { readIterationNames } from "../../../bench/command_line/iteration_names.ts";

Deno.test("profileMeetings names every meeting of a step, and knows how long was worked and waited", async () => {
  const iterations = await loadNamedIterations(readIterationNames("1"));
  const { json, text } = await profileMeetings(iterations, { workers: 2, onProgress: () => {} });
  const [{ iteration, ms, rows }] = json.meetings as {
    iteration: number;
    ms: number;
    rows: { meeting: string; work: number; waiting: number; meanWaiting: number; share: number }[];
  }[];
  assert.equal(iteration, 1);
  assert.deepEqual(rows.map(({ meeting }) => meeting), [
    "0 conv, batchNorm, relu: statistics",
    "3 conv, batchNorm, relu, maxPool: statistics",
    "3 conv, batchNorm, relu, maxPool: gradient's sums",
    "0 conv, batchNorm, relu: gradient's sums",
    "end of backward",
    "sums of gradients",
    "update",
  ]);
  for (const { meeting, work, waiting, meanWaiting, share } of rows) {
    assert.ok(work > 0 && waiting > 0, meeting);
    assert.equal(share, meanWaiting / ms, meeting);
    assert.ok(text.includes(`| ${meeting} `), meeting);
  }
  const waited = rows.reduce((sum, { meanWaiting }) => sum + meanWaiting, 0);
  assert.ok(waited < ms, `${waited} of ${ms} ms`);
});

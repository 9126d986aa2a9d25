import assert from "node:assert/strict";
import { trainingFlags } from "../../../bench/command_line/needs.ts";
import { probeFeatures } from "../../../engine/wasm/features.ts";
import { digestsOf, iterationNumber, trainShort } from "./short_trainings.ts";

const features = probeFeatures();
const isRequired = (Deno.env.get("REQUIRE") ?? "").split(",").includes("wasm");
/** The recorded bits are those of fused multiply-add; a machine without it skips them visibly. */
const ignore = !(features.fused && features.denormals) && !isRequired;

/** After one epoch of 1,003 synthetic images, seed 0. Recorded with engine version 2 on x86-64. */
const RECORDED = new Map([
  [1, "bd1932d9478064d5ef0d1a6670ddf02cf5a5f077a0103ddb31fff4df9f21d6f1"],
  [3, "e7aab5906512547c24aa5ace202f1274c4455fb5b70cf68b8965ac4e338cb6d5"],
  [4, "fbcc58febd7bd50e70366cbd7342a2236c4f89255e58ab911ec5b83d172c5d25"],
  [5, "15ac5e1531e35d3a8584f23cfd16a100d9cb157f2a0b78e5b2ca4293cc78c105"],
]);

Deno.test("train() gives the recorded digests", { ignore }, async () => {
  const trials = [...RECORDED.keys()].map((id) => ({ iteration: iterationNumber(id), seed: 0, epochs: 1 }));
  const events = await trainShort(trials, { workers: 2 });
  for (const [trial, { iteration: { id } }] of trials.entries()) {
    assert.deepEqual(digestsOf(events, trial), [RECORDED.get(id)], `iteration ${id}`);
  }
});

Deno.test("train() gives the recorded digests under the V8 flags of the bench task", { ignore }, async () => {
  const flags = `--v8-flags=${trainingFlags(Deno.build.arch).join(",")}`;
  const script = new URL("./short_trainings.ts", import.meta.url).pathname;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", "--allow-sys=cpus", flags, script],
  }).output();
  assert.ok(success);
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assert.deepEqual(new Map(lines.map((line) => [Number(line.split(":")[0]), line.split(":")[1]])), RECORDED);
});

Deno.test("train() gives the same digests from one worker, from three that share a trial, and in company", async () => {
  const iteration = iterationNumber(1), other = iterationNumber(5);
  const alone = await trainShort([{ iteration, seed: 7, epochs: 2 }], { workers: 1 });
  const shared = await trainShort([{ iteration, seed: 7, epochs: 2 }], { workers: 3 });
  const company = await trainShort([
    { iteration: other, seed: 1, epochs: 1 },
    { iteration, seed: 7, epochs: 2 },
    { iteration, seed: 8, epochs: 1 },
  ], { workers: 2 });
  assert.equal(digestsOf(alone, 0).length, 2);
  assert.deepEqual(digestsOf(shared, 0), digestsOf(alone, 0));
  assert.deepEqual(digestsOf(company, 1), digestsOf(alone, 0));
  assert.notDeepEqual(digestsOf(company, 2), digestsOf(alone, 0).slice(0, 1));
});

Deno.test("train() gives the same digests with either blocking", async () => {
  const iteration = iterationNumber(5);
  const [narrow, wide] = await Promise.all(
    [false, true].map((wide) => trainShort([{ iteration, seed: 3, epochs: 1 }], { workers: 1, wide })),
  );
  assert.deepEqual(digestsOf(narrow, 0), digestsOf(wide, 0));
});

Deno.test("train() makes iteration 1 the beginning of iteration 2", async () => {
  const [first, second] = [1, 2].map(iterationNumber);
  const events = await trainShort([
    { iteration: first, seed: 0, epochs: 2 },
    { iteration: second, seed: 0, epochs: 2 },
  ], { workers: 2 });
  assert.deepEqual(digestsOf(events, 0), digestsOf(events, 1));
});

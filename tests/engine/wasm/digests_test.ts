import assert from "node:assert/strict";
import { trainingFlags } from "../../../bench/command_line/needs.ts";
import { probeFeatures } from "../../../engine/wasm/features.ts";
import { digestsOf, iterationNumber, trainShort } from "./short_trainings.ts";

const features = probeFeatures();
const isRequired = (Deno.env.get("REQUIRE") ?? "").split(",").includes("wasm");
/** The recorded bits are those of fused multiply-add; a machine without it skips them visibly. */
const ignore = !(features.fused && features.denormals) && !isRequired;

/** After one epoch of 1,003 synthetic images, seed 0. Recorded with engine version 1 on x86-64. */
const RECORDED = new Map([
  [1, "8b695de9786addcd9bc001fbc07986eeeb374b91b25c14505922e7c52339de00"],
  [3, "36ecdd1ecdbe340092adcd0576e765d7a62a48a5a646c09f4f4e69a147e6404d"],
  [4, "10d8436ff69d98c14b74996628e0c29d5e0f68f617296c7da71c5762a8787cb7"],
  [5, "474ac1a47256e5c333b6d84da90d59b56293b2b97dc8bc4ff927c917c1b9f464"],
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

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
  [1, "907788427a5337e8434a5d00e7368cd154b3829e4ad223a9fc9904c28624e115"],
  [3, "97c6b129b9371f36a4e0030f5fc76683ee07315e3233e4dcd0e3e4382082fa88"],
  [4, "3cff6d9646a390b7128d49f695dea50da3aae15693a23cff69fba757a98e725a"],
  [5, "a07389a186286b6b671626a8d0a823a1ac58bc641706c87894b9095cce0fb6c3"],
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

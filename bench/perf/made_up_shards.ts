/**
 * Shards of a plan that nobody trained: files of the right form and size, so that merging many can be measured.
 *
 * @module
 */
import { join } from "node:path";
import { sha256Hex, weightsDigest } from "../../engine/digest.ts";
import { serializeSafetensors } from "../../engine/safetensors.ts";
import { buildGraph } from "../../models/graph.ts";
import { formatCsv } from "../run/csv.ts";
import { formatManifest, newManifest, withEnd, withInvocation, withPlan } from "../run/manifest.ts";
import { plannedEpochs } from "../run/plan.ts";
import {
  EPOCH_COLUMNS,
  type EpochRow,
  TIMING_COLUMNS,
  type TimingRow,
  type TrialId,
  type TrialRow,
} from "../run/rows.ts";
import { MANIFEST, predictionsPath, weightsPath } from "../run/run_record.ts";
import { summarizeTrial } from "../run/summary.ts";
import { formatTrials } from "../run/trials_file.ts";
import { iterationsOf, type PlanFile, plansWeights, type RunPlan } from "../shards/plan_file.ts";
import { identityOn } from "../shards/planned_work.ts";
import { shareOut } from "../shards/share.ts";

const MOMENT = "2026-01-01T00:00:00.000Z";
/** Wrong answers of a trial, of all test images. */
const WRONG = 57;

/** Writes `count` folders below `folder`, numbered from 1, and returns their paths. */
export function makeUpShards(
  file: PlanFile,
  count: number,
  folder: string,
  testLabels: Uint8Array,
): string[] {
  const { plan, digest } = file, shares = shareOut(plan.trials, count);
  const parts = Map.groupBy(plan.trials, (_, index) => shares[index]);
  return Array.from({ length: count }, (_, index) => {
    const path = join(folder, String(index + 1));
    writeShard(path, plan, {
      trials: parts.get(index + 1) ?? [],
      planned: { plan: digest, shard: `${index + 1}/${count}`, host: `node${index + 1}` },
      testLabels,
    });
    return path;
  });
}

function writeShard(path: string, plan: RunPlan, { trials, planned, testLabels }: {
  readonly trials: readonly TrialId[];
  readonly planned: { readonly plan: string; readonly shard: string; readonly host: string };
  readonly testLabels: Uint8Array;
}): void {
  for (const name of ["predictions", "weights"]) Deno.mkdirSync(join(path, name), { recursive: true });
  const made = trials.map((trial) => makeUpTrial(path, plan, trial, testLabels));
  const iterations = iterationsOf(plan).filter(({ id }) => trials.some(({ iteration }) => iteration === id));
  const manifest = withInvocation(
    withPlan(newManifest(identityOn(plan, plan)), iterations, trials.map(({ seed }) => seed)),
    {
      start: MOMENT,
      device: "made up",
      workers: 1,
      deno: "0",
      v8: "0",
      os: "none",
      cpu: "none",
      cores: 1,
      git: null,
      planned,
    },
    trials.map(({ iteration, seed }) => ({
      iteration: iterations.find(({ id }) => id === iteration)!,
      seed,
    })),
    (trial) => plansWeights(plan, trial),
  );
  const write = (name: string, text: string) => Deno.writeTextFileSync(join(path, name), text);
  write("trials.csv", formatTrials(made.map(({ row }) => row), manifest));
  write("epochs.csv", formatCsv(EPOCH_COLUMNS, made.flatMap(({ epochs }) => epochs)));
  write("timing.csv", formatCsv(TIMING_COLUMNS, made.flatMap(({ timing }) => timing)));
  write(MANIFEST, formatManifest(withEnd(manifest, MOMENT, "completed")));
}

function makeUpTrial(path: string, plan: RunPlan, { iteration: id, seed }: TrialId, testLabels: Uint8Array) {
  const iteration = plan.iterations.find((each) => each.id === id)!, trial = { iteration: id, seed };
  const count = plannedEpochs(iteration, plan.epochs ?? undefined), images = testLabels.length;
  const wrong = (epoch: number) => Math.min(images, WRONG + (seed % 29) + 20 * (count - epoch));
  const predictions = testLabels.map((digit, index) => index < wrong(count) ? (digit + 1) % 10 : digit);
  Deno.writeFileSync(join(path, predictionsPath(trial)), predictions);
  let digest = sha256Hex(new TextEncoder().encode(`${id} ${seed}`));
  if (plansWeights(plan, trial)) {
    const tensors = buildGraph(iteration.layers).tensors.map(({ name, shape, length }) => ({
      name,
      shape,
      data: new Float32Array(length).fill(seed),
    }));
    digest = weightsDigest(tensors);
    Deno.writeFileSync(join(path, weightsPath(trial)), serializeSafetensors(tensors, {}));
  }
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const epochs = numbers.map((epoch): EpochRow => ({
    ...trial,
    epoch,
    trainLoss: 0.3 / epoch,
    trainAccuracy: 1 - 0.05 / epoch,
    validationLoss: undefined,
    validationAccuracy: undefined,
    testLoss: 0.1 / epoch,
    testAccuracy: (images - wrong(epoch)) / images,
    learningRate: 0.01,
    weightsDigest: epoch === count ? digest : sha256Hex(new TextEncoder().encode(`${id} ${seed} ${epoch}`)),
  }));
  const timing = numbers.map((epoch): TimingRow => ({
    ...trial,
    epoch,
    trainSeconds: 10,
    testSeconds: 1,
    trainImagesPerSecond: 6000,
  }));
  const row: TrialRow = {
    ...trial,
    status: "completed",
    epochs: count,
    parameters: iteration.parameters,
    ...summarizeTrial(epochs),
    weightsDigest: digest,
    predictionsDigest: sha256Hex(predictions),
    note: undefined,
  };
  return { row, epochs, timing };
}

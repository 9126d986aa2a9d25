/**
 * What tells a recorded trial from the same trial trained again: the first difference, in words.
 *
 * @module
 */
import type { Dataset } from "../../data/types.ts";
import type { Engine, EpochResult, NamedTensor } from "../../engine/engine.ts";
import { sha256Hex } from "../../engine/digest.ts";
import { countParameters } from "../../models/graph.ts";
import { canonicalRecipe, type Iteration } from "../../models/iteration.ts";
import { formatNumberList, plural } from "../command_line/format.ts";
import { configHash, invocationOf, type Manifest } from "../run/manifest.ts";
import { type EpochRow, type TrialId, trialKey, type TrialRow } from "../run/rows.ts";
import type { RunRecord } from "../run/run_folder.ts";
import { checkSums } from "../run/sums.ts";
import { verifyTrial } from "../run/verify_folder.ts";

/** A trial of a results folder. */
export interface RecordedTrial {
  readonly path: string;
  readonly record: RunRecord;
  readonly trial: TrialRow;
}

/** What the trial's rows and files say against each other; undefined where they agree. */
export function differenceWithin({ path, record, trial }: RecordedTrial): string | undefined {
  const { manifest } = record;
  const problem = verifyTrial(trial, path, rowsOf(trial, record))[0] ?? checkSums(path)[0];
  if (problem !== undefined) return `the files in ${path} disagree: ${problem}`;
  if (invocationOf(manifest, trial) === undefined) {
    const trained = manifest.invocations.flatMap(({ trials }) => trials)
      .map((key) => key.match(/^iteration-(\d+)-seed-(\d+)$/))
      .filter((key) => Number(key?.[1]) === trial.iteration)
      .map((key) => Number(key?.[2]));
    return `seed: the row says ${trial.seed}, by ${path}'s manifest.json iteration ${trial.iteration} was trained with ${
      trained.length === 0 ? "none" : formatNumberList(trained)
    }`;
  }
  const [first] = rowsOf(trial, record);
  const twin = first && sameWeights(first.weightsDigest, trial, record);
  if (twin !== undefined) {
    return `seed: the row has the weights of seed ${twin.seed} after epoch ${twin.epoch}; one is a copy of the other`;
  }
  const recorded = manifest.iterations.find(({ id }) => id === trial.iteration);
  const counted = recorded === undefined ? undefined : countParameters(recorded.layers);
  if (trial.parameters !== undefined && trial.parameters !== counted) {
    return `parameters: trials.csv says ${trial.parameters}, the recorded layers have ${counted}`;
  }
  return undefined;
}

/** What decides the weights and is another here than in the record; undefined where all of it is the same. */
export function differenceOfConditions(
  { record: { manifest }, trial }: RecordedTrial,
  here: { readonly iteration: Iteration; readonly dataset: Dataset; readonly engine: Engine },
): string | undefined {
  const { iteration, dataset, engine } = here;
  const recorded = manifest.iterations.find(({ id }) => id === trial.iteration);
  if (recorded !== undefined && configHash(recorded) !== configHash(iteration)) {
    const path = firstPath(canonicalRecipe(recorded), canonicalRecipe(iteration));
    return `configuration of iteration ${iteration.id}: ${path}`;
  }
  const data = differenceOfData(manifest.dataset, dataset);
  if (data !== undefined) return `data: ${data}`;
  const { name, version } = manifest.engine;
  if (name !== engine.name) {
    const feature = [name, engine.name].some((each) => each.endsWith("-unfused"))
      ? "; the two round differently (fused multiply-add), so their digests are never compared"
      : "";
    return `${feature === "" ? "engine" : "feature"}: recorded with ${name}, here ${engine.name}${feature}`;
  }
  if (version !== engine.version) {
    return `engine version: recorded with ${name} ${version}, here ${engine.version}; check out a commit with version ${version}, or train anew`;
  }
  return undefined;
}

function differenceOfData(recorded: Manifest["dataset"], here: Dataset): string | undefined {
  const compared: [string, string, string][] = [["data set", recorded.name, here.name]];
  const files = new Set([...Object.keys(recorded.digests), ...Object.keys(here.digests)]);
  for (const file of [...files].sort()) {
    compared.push([`SHA-256 of "${file}"`, recorded.digests[file] ?? "none", here.digests[file] ?? "none"]);
  }
  const counts = [["training images", recorded.trainImages, here.train], [
    "test images",
    recorded.testImages,
    here.test,
  ]] as const;
  for (const [what, count, { labels }] of counts) compared.push([what, `${count}`, `${labels.length}`]);
  const [what, wanted, got] = compared.find(([, wanted, got]) => wanted !== got) ?? [];
  return what === undefined ? undefined : `${what} ${wanted} in the record, ${got} here`;
}

/** What an epoch trained here has other than its row; undefined where nothing. */
export function differenceOfEpoch(
  recorded: RecordedTrial,
  result: EpochResult,
  engine: Engine,
): string | undefined {
  const { record, trial, path } = recorded;
  const row = rowsOf(trial, record).find(({ epoch }) => epoch === result.epoch);
  if (row === undefined) return `end: recorded as ${trial.status} in epoch ${result.epoch}, here it was not`;
  const where = `epoch ${result.epoch} of ${trial.epochs}`;
  if (row.weightsDigest !== result.weightsDigest) {
    return `weights after ${where}: recorded ${short(row.weightsDigest)}, trained here ${
      short(result.weightsDigest)
    }; ${reasonForWeights(recorded, result, engine)}`;
  }
  for (const name of NUMBERS) {
    if (!Object.is(row[name], result[name] ?? undefined)) {
      return `${name} of ${where}: "${path}" says ${row[name] ?? "nothing"}, measured here ${
        result[name] ?? "nothing"
      }; the weights are identical, so the number was edited`;
    }
  }
  return undefined;
}

const NUMBERS = [
  "trainLoss",
  "trainAccuracy",
  "validationLoss",
  "validationAccuracy",
  "testLoss",
  "testAccuracy",
  "learningRate",
] as const;

/** Why weights may differ although data, configuration and engine are the same. */
function reasonForWeights({ record, trial }: RecordedTrial, result: EpochResult, engine: Engine): string {
  const twin = sameWeights(result.weightsDigest, trial, record);
  if (twin !== undefined) return `seed: those trained here are recorded under seed ${twin.seed}`;
  const device = invocationOf(record.manifest, trial)?.device ?? "unknown";
  const same = `data, configuration and engine ${engine.name} ${engine.version} are the same`;
  const here = engine.device.description;
  if (device !== here) return `${same}, the device is not: recorded on "${device}", here "${here}"`;
  const before = result.epoch === 1
    ? "another seed, another program or an edited row"
    : `epochs 1 to ${result.epoch - 1} are identical, so the row was edited or the training disturbed`;
  return `${same}, and so is the device ("${here}"): ${before}`;
}

/** What the end of the trial has other than its row; undefined where nothing. */
export function differenceOfEnd(
  { trial }: RecordedTrial,
  end: { readonly predictions: Uint8Array; readonly tensors: readonly NamedTensor[] },
): string | undefined {
  const digest = sha256Hex(end.predictions);
  if (digest === trial.predictionsDigest) return undefined;
  return `predictions after ${plural(trial.epochs, "epoch")}: recorded ${
    short(trial.predictionsDigest ?? "none")
  }, made here ${short(digest)}; the weights are identical, so the digest or the file was edited`;
}

/** Enough of a digest to tell it from others. */
function short(digest: string): string {
  return digest.length > 16 ? `${digest.slice(0, 16)}…` : digest;
}

function rowsOf(trial: TrialId, { epochs }: RunRecord): EpochRow[] {
  return epochs.filter((row) => trialKey(row) === trialKey(trial)).sort((a, b) => a.epoch - b.epoch);
}

/** A row of the same iteration and another seed with these weights. */
function sameWeights(digest: string, trial: TrialId, { epochs }: RunRecord): EpochRow | undefined {
  return epochs.find((row) =>
    row.iteration === trial.iteration && row.seed !== trial.seed && row.weightsDigest === digest
  );
}

/** Where two JSON values first differ, with both: `training.batchSize 128 in the record, 64 here`. */
function firstPath(recorded: unknown, here: unknown, path = ""): string | undefined {
  if (isObject(recorded) && isObject(here)) {
    for (const key of new Set([...Object.keys(recorded), ...Object.keys(here)])) {
      const name = Array.isArray(recorded) ? `[${Number(key) + 1}]` : path === "" ? key : `.${key}`;
      const found = firstPath(recorded[key], here[key], path + name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Object.is(recorded, here)) return undefined;
  const show = (value: unknown) => JSON.stringify(value) ?? "none";
  return `${path} ${show(recorded)} in the record, ${show(here)} here`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

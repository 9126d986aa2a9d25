/**
 * Whether two runs trained the same bits: trial by trial and epoch by epoch.
 *
 * @module
 */
import type { Iteration } from "../../../models/iteration.ts";
import { plural } from "../../command_line/format.ts";
import { configHash, type Manifest, SAME_BITS } from "../../run/manifest.ts";
import { compareRows, type EpochRow, isCompleted, trialKey } from "../../run/rows.ts";
import type { RunRecord } from "../../run/run_folder.ts";
import { conditionsOf } from "./conditions.ts";

/** What comparing digests found. */
export interface DigestComparison {
  /** `notCompared`: the engine promises no equal bits, or no trial is on both sides. */
  readonly status: "identical" | "different" | "notCompared";
  /** How much was compared, the first difference, or why nothing was. */
  readonly detail: string;
}

/** Compares all trials of one iteration that both runs hold, as far as both were trained. */
export function compareDigests(id: number, run: RunRecord, reference: RunRecord): DigestComparison {
  const reason = whyNotComparable(id, run, reference);
  if (reason !== undefined) return { status: "notCompared", detail: reason };
  const there = rowsByTrial(id, reference);
  let trials = 0, epochs = 0;
  for (const [key, rows] of rowsByTrial(id, run)) {
    const wanted = there.get(key);
    if (wanted === undefined) continue;
    trials++;
    const shared = Math.min(rows.length, wanted.length);
    for (let index = 0; index < shared; index++) {
      const difference = differenceOf(rows[index], wanted[index]);
      if (difference !== undefined) {
        return { status: "different", detail: `seed ${rows[index].seed} epoch ${index + 1}: ${difference}` };
      }
    }
    epochs += shared;
  }
  if (epochs === 0) {
    return { status: "notCompared", detail: "no trained epoch of the same seed on both sides" };
  }
  const predictions = differenceOfPredictions(id, run, reference);
  if (predictions !== undefined) return { status: "different", detail: predictions };
  return { status: "identical", detail: `${plural(epochs, "epoch")} of ${plural(trials, "trial")}` };
}

function whyNotComparable(id: number, run: RunRecord, reference: RunRecord): string | undefined {
  const { engine: here } = run.manifest, { engine: there } = reference.manifest;
  if (here.name !== there.name) return `engine ${here.name} here, ${there.name} in the reference`;
  if (here.version !== there.version) {
    return `${here.name} version ${here.version} here, ${there.version} in the reference`;
  }
  if (configHash(iterationOf(id, run.manifest)) !== configHash(iterationOf(id, reference.manifest))) {
    return "other layers or training than in the reference";
  }
  const promise = Object.hasOwn(SAME_BITS, here.name) ? SAME_BITS[here.name] : undefined;
  if (promise === undefined) return `engine ${here.name} promises no equal bits`;
  if (promise === "sameDevice" && conditionsOf(id, run)?.device !== conditionsOf(id, reference)?.device) {
    return `engine ${here.name} promises equal bits on one device only`;
  }
  return undefined;
}

/** An iteration as it was trained; `readResults` has made sure that it is there. */
export function iterationOf(id: number, { iterations }: Manifest): Iteration {
  const found = iterations.find((iteration) => iteration.id === id);
  if (found === undefined) {
    throw new Error(`Cannot find iteration ${id}: expected it in the manifest, got none`);
  }
  return found;
}

/** Epochs of each trial, in order. */
function rowsByTrial(id: number, { epochs }: RunRecord): Map<string, EpochRow[]> {
  const trials = new Map<string, EpochRow[]>();
  for (const row of [...epochs].sort(compareRows)) {
    if (row.iteration !== id) continue;
    const key = trialKey(row), rows = trials.get(key);
    if (rows === undefined) trials.set(key, [row]);
    else rows.push(row);
  }
  return trials;
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

function differenceOf(row: EpochRow, wanted: EpochRow): string | undefined {
  if (row.weightsDigest !== wanted.weightsDigest) {
    return `expected weights ${apart(wanted.weightsDigest, row.weightsDigest)}`;
  }
  const name = NUMBERS.find((each) => !Object.is(row[each], wanted[each]));
  return name &&
    `expected ${name} ${wanted[name] ?? "nothing"}, got ${row[name] ?? "nothing"}, with the same weights`;
}

function differenceOfPredictions(id: number, run: RunRecord, reference: RunRecord): string | undefined {
  for (const trial of [...run.trials].sort(compareRows)) {
    if (trial.iteration !== id || !isCompleted(trial)) continue;
    const wanted = reference.trials.find((each) => trialKey(each) === trialKey(trial));
    if (wanted === undefined || !isCompleted(wanted) || wanted.epochs !== trial.epochs) continue;
    if (wanted.predictionsDigest !== trial.predictionsDigest) {
      return `seed ${trial.seed}: expected predictions ${
        apart(wanted.predictionsDigest, trial.predictionsDigest)
      }`;
    }
  }
  return undefined;
}

/** Two digests, each as far as it takes to tell them apart. */
function apart(wanted = "none", got = "none"): string {
  const enough = 16;
  const short = (digest: string) =>
    wanted.slice(0, enough) === got.slice(0, enough) ? digest : digest.slice(0, enough);
  return `${short(wanted)}, got ${short(got)}`;
}

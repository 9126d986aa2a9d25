/**
 * Whether an entry of `results/records` is one: what its folder holds, before a part of it is trained again.
 *
 * @module
 */
import { join } from "node:path";
import { sha256Hex } from "../../engine/digest.ts";
import type { Iteration } from "../../models/iteration.ts";
import { validateIteration } from "../../models/validate.ts";
import { reasonOf } from "../command_line/errors.ts";
import {
  formatCount,
  formatNumberList,
  formatPercent,
  formatPercentApart,
  pWords,
} from "../command_line/format.ts";
import { lintIteration } from "../judge/lint.ts";
import { freshSeedsOf } from "../run/fresh_seeds.ts";
import { configHash, SAME_BITS } from "../run/manifest.ts";
import { readResults } from "../run/results.ts";
import { isCompleted, isTested, trialKey } from "../run/rows.ts";
import type { RunRecord } from "../run/run_record.ts";
import { readIfThere } from "../run/whole_files.ts";
import { describe } from "../statistics/mod.ts";
import { RECORD_P, sizeClassOf, type Standing, standingOf } from "./marks.ts";

/** The iteration, as its author wrote it, in a record's folder. */
export const ENTRY = "entry.json";
/** A mean of fewer says nothing. */
export const FEWEST_SEEDS = 5;

/** A record that is one. */
export interface CheckedRecord {
  readonly path: string;
  readonly iteration: Iteration;
  readonly record: RunRecord;
  readonly standing: Standing;
}

/**
 * The record in a folder, or, as `expected …, got …`, the first thing that keeps it from being one.
 *
 * @throws {UsageError} If the folder cannot be read, or its files do not agree with each other.
 */
export function checkRecord(path: string): CheckedRecord | string {
  const record = readResults(path), { manifest } = record;
  const [iteration] = manifest.iterations;
  if (manifest.iterations.length !== 1) {
    return `expected one iteration, got ${manifest.iterations.length}`;
  }
  const problem = entryProblem(path, iteration) ?? conditionsProblem(record) ?? seedsProblem(record) ??
    testProblem(record);
  if (problem !== undefined) return problem;
  const sizeClass = sizeClassOf(iteration.parameters);
  if (sizeClass === undefined) {
    return `expected a network that fits the challenge, got ${formatCount(iteration.parameters)} parameters`;
  }
  const standing = standingOf(sizeClass, {
    trials: record.trials,
    testImages: record.manifest.dataset.testImages,
  });
  return standing.isAboveFloor ? { path, iteration, record, standing } : floorProblem(standing, record);
}

function floorProblem({ sizeClass: { floor, parametersBelow }, p }: Standing, { trials }: RunRecord): string {
  const { mean, n } = describe(trials.filter(isCompleted).map(({ finalTestAccuracy }) => finalTestAccuracy))!;
  return `expected a mean above ${formatPercent(floor)} %, the floor below ${
    formatCount(parametersBelow)
  } parameters, with p < ${RECORD_P}, got ${formatPercentApart(mean, floor)} with ${
    pWords(p, RECORD_P)
  } (n = ${n})${mean > floor ? "; more seeds may show it" : ""}`;
}

/** The file against what was trained, and against what makes results mean less. */
function entryProblem(path: string, trained: Iteration): string | undefined {
  const text = readIfThere(join(path, ENTRY));
  if (text === undefined) return `expected "${ENTRY}", got none`;
  let entry: Iteration;
  try {
    entry = JSON.parse(text);
    validateIteration(entry, ENTRY);
  } catch (error) {
    return `expected an iteration in "${ENTRY}", got "${reasonOf(error)}"`;
  }
  if (configHash(entry) !== configHash(trained)) {
    return `expected the layers and training that were trained in "${ENTRY}", got others`;
  }
  const warning = lintIteration(entry).find(({ level }) => level === "warning");
  return warning && `expected nothing that takes it out of the challenge, got: ${warning.message}`;
}

function conditionsProblem({ manifest: { dataset, validation, quick, epochs, engine } }: RunRecord) {
  if (dataset.name !== "mnist" || validation !== undefined) {
    return "expected results on MNIST's test set, got others";
  }
  if (quick || epochs !== null) return "expected whole trainings, got shortened ones";
  if (SAME_BITS[engine.name] !== "everywhere") {
    return `expected an engine whose bits anybody can check, such as wasm, got ${engine.name}`;
  }
}

/** Seeds that nobody picked, none lost. */
function seedsProblem({ manifest, trials }: RunRecord): string | undefined {
  const commits = manifest.invocations.map(({ git }) => git?.dirty === false ? git.commit : undefined);
  if (commits.includes(undefined)) return "expected trainings of committed files alone, got others";
  const stranger = manifest.freshSeeds?.find(({ commit }) => !commits.includes(commit));
  if (stranger !== undefined) {
    return `expected seeds of a commit that trained them, got those of ${stranger.commit.slice(0, 12)}`;
  }
  const given = new Set(
    (manifest.freshSeeds ?? []).flatMap(({ commit, seeds }) => freshSeedsOf(commit, seeds.length)),
  );
  const picked = trials.map(({ seed }) => seed).filter((seed) => !given.has(seed));
  if (picked.length > 0) {
    return `expected seeds that a commit gives (fresh:N), got ${formatNumberList(picked)}`;
  }
  const missing = [...given].filter((seed) => trials.every((trial) => trial.seed !== seed));
  if (missing.length > 0) {
    return `expected all ${given.size} seeds that were given, got none of ${formatNumberList(missing)}`;
  }
  const lost = trials.find((trial) => !isCompleted(trial));
  if (lost !== undefined) {
    return `expected trials that ran to their end, got ${trialKey(lost)} ${lost.status}`;
  }
  if (trials.length < FEWEST_SEEDS) return `expected at least ${FEWEST_SEEDS} seeds, got ${trials.length}`;
}

/** Whoever sees the test set on the way can stop, or choose, by it. */
function testProblem({ manifest, epochs }: RunRecord): string | undefined {
  const length = manifest.iterations[0].training.epochs;
  const early = epochs.find((row) => isTested(row) && row.epoch < length);
  return early &&
    `expected the test set to be looked at after epoch ${length} alone, got it after epoch ${early.epoch} of ${
      trialKey(early)
    }`;
}

/** Which trial is trained again, and how far: nobody knows before the commit is made. */
export function chosenPart(
  { path, record }: Pick<CheckedRecord, "path" | "record">,
  commit: string,
  epochs: number,
): { readonly iteration: number; readonly seed: number; readonly epochs: number } {
  const name = path.split(/[\\/]/).at(-1);
  const digest = sha256Hex(new TextEncoder().encode(`record ${name} at ${commit}`));
  const trials = [...record.trials].sort((a, b) => a.seed - b.seed);
  const { iteration, seed } = trials[parseInt(digest.slice(0, 8), 16) % trials.length];
  return { iteration, seed, epochs: Math.min(epochs, record.manifest.iterations[0].training.epochs) };
}

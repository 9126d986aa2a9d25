/**
 * Successive halving: every candidate for a few epochs and seeds, the best of them for more, until one is left.
 *
 * A rung is a run of `bench --validate`: trials, rows, resumption and manifests are its. Rungs of the same length share
 * a folder, so that what one has trained the next need not.
 *
 * @module
 */
import { join } from "node:path";
import { imagesPerEpoch } from "../../engine/training_set.ts";
import type { Iteration } from "../../models/iteration.ts";
import type { Candidate } from "../../models/search/candidates.ts";
import { atLength } from "../../models/search/length.ts";
import { UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { plural } from "../command_line/format.ts";
import { DEFAULT_OPTIONS } from "../run/options.ts";
import type { BenchOptions } from "../run/options.ts";
import { readResults } from "../run/results.ts";
import { type TrialRow } from "../run/rows.ts";
import { readRunFolder, type RunRecord } from "../run/run_record.ts";
import type { TrainingOptions } from "../run/training_flags.ts";
import type { PlannedRung, SearchPlan } from "./plan.ts";
import { type Entry, keptCount, rank, type Ranked } from "./rank.ts";

/** A candidate with what its trials in a rung gave. */
export interface Contender extends Entry {
  readonly candidate: Candidate;
  readonly choices: Candidate["choices"];
  /** In the order of the rung's seeds. */
  readonly trials: readonly TrialRow[];
}

/** A rung that is over, or what there is of one that was interrupted. */
export interface FinishedRung {
  readonly plan: PlannedRung;
  /** Best first; without those of whom nothing is trained. */
  readonly ranking: readonly Ranked<Contender>[];
  /** How many of them go on, nobody of an interrupted rung; in the last rung one, the winner. */
  readonly kept: number;
  /** Trials that an interruption left out. */
  readonly missing: number;
  readonly manifest: RunRecord["manifest"];
}

/** What a search came to so far. */
export interface SearchState {
  readonly rungs: readonly FinishedRung[];
  readonly outcome: "completed" | "interrupted";
  /** Whether anything was trained by this command. */
  readonly trained: boolean;
}

export interface SearchOptions {
  readonly folder: string;
  readonly training: TrainingOptions;
  readonly bench: (
    options: Partial<BenchOptions>,
    iterations: readonly Iteration[],
  ) => Promise<{ readonly exitCode: number }>;
  /** Called before a rung is trained. */
  readonly onRung: (number: number, rung: PlannedRung) => void;
  /** Called with all that are over when one is, or one broke off, and, as the last of them, with what was begun. */
  readonly onFinished: (rungs: readonly FinishedRung[]) => void;
}

/**
 * Trains what is missing, rung by rung.
 *
 * @throws {UsageError} If a trial failed, or what the folder holds cannot be used.
 */
export async function runSearch(plan: SearchPlan, options: SearchOptions): Promise<SearchState> {
  const rungs: FinishedRung[] = [];
  let left: readonly Candidate[] = plan.candidates, trained = false;
  /** Hands over what is finished, with what there is of the rung that follows: that was tried, too. */
  const hand = (rung: PlannedRung | undefined) => {
    const begun = rung && begunRung(rungFolder(options.folder, rung), left, rung);
    options.onFinished(begun === undefined ? rungs : [...rungs, begun]);
  };
  for (const [index, rung] of plan.rungs.entries()) {
    const path = rungFolder(options.folder, rung);
    const iterations = left.map(({ iteration }) => ({
      ...iteration,
      training: atLength(iteration.training, rung.epochs),
    }));
    try {
      if (!isTrained(path, iterations, rung.seeds)) {
        options.onRung(index + 1, rung);
        trained = true;
        const { exitCode } = await options.bench(benchOptions(options.training, path, rung), iterations);
        if (exitCode === EXIT.interrupted) {
          hand(rung);
          return { rungs, outcome: "interrupted", trained };
        }
      }
      const record = readResults(path);
      const ranking = rank(left.map((candidate) => contender(candidate, record, rung.seeds)));
      const kept = keptCount(rung.keep, ranking.length);
      rungs.push({ plan: rung, ranking, kept, missing: 0, manifest: record.manifest });
      left = ranking.slice(0, kept).map(({ candidate }) => candidate);
    } catch (error) {
      try {
        hand(rung);
      } catch {
        // what stopped the rung is what the person must know
      }
      throw error;
    }
    hand(plan.rungs[index + 1]);
  }
  return { rungs, outcome: "completed", trained };
}

function rungFolder(folder: string, { epochs }: PlannedRung): string {
  return join(folder, `epochs-${epochs}`);
}

function benchOptions(
  { engine, tfBackend, workers, data, dataset, quick }: TrainingOptions,
  out: string,
  { seeds }: PlannedRung,
): BenchOptions {
  return {
    ...DEFAULT_OPTIONS,
    engine,
    tfBackend,
    workers,
    data,
    dataset,
    quick,
    seeds,
    out,
    validate: true,
    seedBySeed: true,
    assert: false,
    weights: "none",
  };
}

/** Whether every trial is there, so that neither data nor engine is needed. */
function isTrained(path: string, iterations: readonly Iteration[], seeds: readonly number[]): boolean {
  let record: RunRecord | undefined;
  try {
    record = readRunFolder(path);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return false; // the run repairs what a crash left, or says what is wrong
  }
  const there = new Set(
    record?.trials.filter(({ status }) => status !== "failed").map(({ iteration, seed }) =>
      `${iteration} ${seed}`
    ),
  );
  return iterations.every(({ id }) => seeds.every((seed) => there.has(`${id} ${seed}`)));
}

/**
 * What there is of a rung that is not over, so that nothing that was tried goes unrecorded; undefined without a trial,
 * and where it only waits to be ranked.
 */
function begunRung(
  path: string,
  candidates: readonly Candidate[],
  rung: PlannedRung,
): FinishedRung | undefined {
  const record = readRunFolder(path);
  if (record === undefined) return undefined;
  const begun = candidates.flatMap((candidate) => {
    const seeds = rung.seeds.filter((seed) =>
      record.trials.some((row) =>
        row.iteration === candidate.iteration.id && row.seed === seed && row.status !== "failed"
      )
    );
    return seeds.length === 0 ? [] : [contender(candidate, record, seeds)];
  });
  const trained = begun.reduce((sum, { trials }) => sum + trials.length, 0);
  if (trained === 0) return undefined;
  const missing = candidates.length * rung.seeds.length - trained;
  if (missing === 0) return undefined;
  return { plan: rung, ranking: rank(begun), kept: 0, missing, manifest: record.manifest };
}

function contender(candidate: Candidate, { trials: rows }: RunRecord, seeds: readonly number[]): Contender {
  const { name, choices, iteration } = candidate;
  const trials = seeds.map((seed) => {
    const row = rows.find((each) => each.iteration === iteration.id && each.seed === seed);
    if (row !== undefined && row.status !== "failed") return row;
    // a machine's trouble says nothing about a recipe
    throw new UsageError(
      `Cannot rank "${name}": expected seed ${seed} to be trained, got ${
        row === undefined ? "none" : `a failure (${row.note})`
      }; run the same command again to retry`,
    );
  });
  return {
    candidate,
    name,
    choices,
    parameters: iteration.parameters,
    accuracies: trials.map(({ finalTestAccuracy }) => finalTestAccuracy),
    trials,
  };
}

/** Everything that was trained, each trial in the first rung that asked for it. */
export function triedTrials(
  rungs: readonly FinishedRung[],
): {
  readonly rung: number;
  readonly epochs: number;
  readonly entry: Contender;
  readonly trial: TrialRow;
  readonly images: number;
}[] {
  const seen = new Set<string>();
  return rungs.flatMap(({ plan: { epochs }, ranking, manifest }, index) =>
    [...ranking].sort((a, b) => a.candidate.iteration.id - b.candidate.iteration.id).flatMap((entry) =>
      entry.trials.flatMap((trial) => {
        const key = `${epochs} ${trial.iteration} ${trial.seed}`;
        if (seen.has(key)) return [];
        seen.add(key);
        const { training } = entry.candidate.iteration;
        const images = trial.epochs * imagesPerEpoch(training, manifest.dataset.trainImages);
        return [{ rung: index + 1, epochs, entry, trial, images }];
      })
    )
  );
}

/** The line that says what a rung is. */
export function rungTitle(number: number, of: number, { epochs, seeds, candidates }: PlannedRung): string {
  return `rung ${number} of ${of}: ${plural(candidates, "candidate")} × ${plural(seeds.length, "seed")} × ${
    plural(epochs, "epoch")
  }`;
}

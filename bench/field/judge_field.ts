/**
 * What training the field again says, entry by entry; `overview.ts` says what it says as a whole.
 *
 * An entry's published best is held against best accuracies, its final one against final ones, each by where one new
 * trial would lie. No person is judged: an entry is a file that somebody was so kind as to publish.
 *
 * @module
 */
import { isVariant, VARIANTS_FROM } from "../../models/ablations/ablation.ts";
import type { Iteration } from "../../models/iteration.ts";
import { PUBLISHED_CLAIMS } from "../../models/published_claims.ts";
import { formatCount } from "../command_line/format.ts";
import type { ClaimFinding } from "../judge/claims/finding.ts";
import { judgeAccuracy } from "../judge/claims/judge_number.ts";
import { predictionInterval } from "../judge/claims/prediction.ts";
import { whyNotJudged } from "../judge/judge.ts";
import { pairedGains } from "../run/effects.ts";
import { type RunIdentity, SAME_BITS } from "../run/manifest.ts";
import type { RunRecord } from "../run/run_record.ts";
import { type IterationSummary, summarizeRun } from "../run/summary.ts";
import { steppedVariants } from "./stepped.ts";
import { describe, type Distribution, type Interval, tInterval, type Unit } from "../statistics/mod.ts";

/** The field, measured: by one run, or by several on different engines. */
export interface Field {
  /** What measured it, in the order in which runs are preferred; at least one. */
  readonly runs: readonly RunIdentity[];
  /** Every entry that has trials, by number. */
  readonly entries: readonly FieldEntry[];
  /** Entries, and those of them that are trained a second time with their schedule stepped. */
  readonly recipes: number;
  /** Those of them without a trial, by number; a stepped one has its entry's. */
  readonly missing: readonly { readonly entry: number; readonly title: string }[];
}

/** One entry, measured. */
export interface FieldEntry {
  readonly iteration: Iteration;
  /** What measured it. */
  readonly engine: RunIdentity["engine"];
  readonly summary: IterationSummary;
  /** Why its claim is not judged; absent where it is. */
  readonly notJudged?: string;
  /** Published best against measured best accuracies. */
  readonly best?: ClaimFinding;
  /** Published final against measured final accuracies. */
  readonly final?: ClaimFinding;
  /**
   * Logged against measured training accuracies of the last epoch: nobody chooses by them, so they say whether the recipe
   * as it is written is the one that was logged. Where it surely is not, the entry is not judged.
   */
  readonly training?: ClaimFinding;
  /**
   * How many layers of better entries lie above it: 0 where no entry has fewer parameters and at least its mean final
   * accuracy; absent without a completed trial.
   */
  readonly rank?: number;
  /** What stepping a schedule that the source builds and never steps would have given; absent where not measured. */
  readonly stepping?: MeanGap;
}

/** A mean over entries, or over seeds, in fractions, with Student's interval. */
export interface MeanGap {
  readonly count: number;
  readonly mean: number;
  readonly interval?: Interval;
}

/**
 * Judges every entry that has trials in one of `records`.
 *
 * Trials of two engines are never counted together. An entry that several have trained is shown as measured by the one
 * that completed most; of as many, by the one whose bits come out again on every machine.
 */
export function judgeField(records: readonly RunRecord[], catalog: readonly Iteration[]): Field {
  const runs = [...records].sort((a, b) => portability(b) - portability(a) || byName(a, b));
  const candidates = runs.flatMap((record) =>
    summarizeRun(record, catalog).iterations.filter(({ iteration }) => !isVariant(iteration))
      .map((summary) => ({ record, summary }))
  );
  const chosen = [...Map.groupBy(candidates, ({ summary }) => summary.iteration.id).values()]
    .map((each) => firstOfMost(each, ({ summary }) => summary.completed.length)!)
    .sort((a, b) => a.summary.iteration.id - b.summary.iteration.id);
  const ranks = rankBySize(chosen.map(({ summary }) => summary));
  return {
    runs: runs.map(({ manifest }) => manifest),
    entries: chosen.map(({ record, summary }) => ({
      ...judgeEntry(summary, record),
      rank: ranks.get(summary.iteration.id),
      stepping: steppingOf(summary.iteration, runs),
    })),
    ...untrained(runs, catalog),
  };
}

/** Runs whose bits come out again everywhere before those of one machine. */
const portability = ({ manifest: { engine } }: RunRecord) => SAME_BITS[engine.name] === "everywhere" ? 1 : 0;
const byName = (a: RunRecord, b: RunRecord) => a.manifest.engine.name < b.manifest.engine.name ? -1 : 1;

/** The first of those with the highest count; undefined without any. */
function firstOfMost<T>(values: readonly T[], countOf: (value: T) => number): T | undefined {
  const highest = Math.max(...values.map(countOf));
  return values.find((value) => countOf(value) === highest);
}

function untrained(
  runs: readonly RunRecord[],
  catalog: readonly Iteration[],
): Pick<Field, "recipes" | "missing"> {
  const trained = new Set(runs.flatMap(({ trials }) => trials.map(({ iteration }) => iteration)));
  const entries = catalog.filter((iteration) => !isVariant(iteration));
  const recipes = [...entries, ...steppedVariants(entries)];
  return {
    recipes: recipes.length,
    missing: recipes.filter(({ id }) => !trained.has(id)).map(({ id, title }) => ({
      entry: id > VARIANTS_FROM ? id - VARIANTS_FROM : id,
      title,
    })).sort((a, b) => a.entry - b.entry),
  };
}

/** Paired by seed, both by the same engine: final accuracy with the schedule stepped minus without. */
function steppingOf(iteration: Iteration, runs: readonly RunRecord[]): MeanGap | undefined {
  const [stepped] = steppedVariants([iteration]);
  if (stepped === undefined) return undefined;
  const measured = runs.map(({ trials, manifest }) => ({
    gains: pairedGains(trials, iteration.id, stepped.id),
    unit: 1 / manifest.dataset.testImages,
  }));
  const most = firstOfMost(measured, ({ gains }) => gains.length);
  return most && meanGap(most.gains, most);
}

function judgeEntry(summary: IterationSummary, record: RunRecord): FieldEntry {
  const { iteration } = summary, { claim = {} } = iteration, { manifest } = record;
  const { testImages, trainImages } = manifest.dataset, last = iteration.training.epochs - 1;
  const entry = { iteration, engine: manifest.engine, summary };
  const shortened = whyNotJudged(summary, manifest);
  const context = { iteration, claim, summary, record, catalog: [], published: PUBLISHED_CLAIMS };
  const judged = (
    subject: string,
    claimed: number | undefined,
    measured: Distribution | undefined,
    images = testImages,
  ) =>
    claimed === undefined || shortened !== undefined
      ? undefined
      : judgeAccuracy(context, { subject, claimed, measured, images });
  const trainAccuracy = summary.trainAccuracies[last], logged = loggedTraining(iteration);
  const training = judged("train accuracy", logged, trainAccuracy, trainImages);
  const notJudged = claim.comparable === false
    ? claim.note ?? "its figures are of something else than a fresh run gives"
    : claim.bestTestAccuracy === undefined && claim.finalTestAccuracy === undefined
    ? "no accuracy was published"
    : shortened ?? whyAnotherRecipe(training, trainAccuracy, trainImages);
  if (notJudged !== undefined) return { ...entry, training, notJudged };
  return {
    ...entry,
    best: judged("best test accuracy", claim.bestTestAccuracy, summary.best),
    final: judged("final test accuracy", claim.finalTestAccuracy, summary.final),
    training,
  };
}

/** A published training accuracy that not one trial of so many would be as far from is of something else. */
const OF_THIS_RECIPE = 0.999;

function whyAnotherRecipe(
  training: ClaimFinding | undefined,
  measured: Distribution | undefined,
  images: number,
): string | undefined {
  if (training?.numbers === undefined || measured === undefined) return undefined;
  const { claimed, mean } = training.numbers;
  const likely = predictionInterval(measured, {
    unit: 1 / images,
    counted: { share: (claimed + mean) / 2, images },
    confidence: OF_THIS_RECIPE,
  });
  if (likely === undefined || (claimed >= likely.low && claimed <= likely.high)) return undefined;
  return `it was trained, or counted, otherwise than its source shows: the training accuracy of its last epoch was published as ${training.claimed} and is ${training.measured} here, and not one trial of ${
    formatCount(Math.round(1 / (1 - OF_THIS_RECIPE)))
  } is as far off`;
}

/** Published training accuracy of the last epoch. */
export function loggedTraining({ claim, training }: Iteration): number | undefined {
  return claim?.finalTrainAccuracy ?? claim?.trainAccuracies?.[training.epochs - 1];
}

/**
 * The best for their size first: entries that none beats in both, then those that none of the rest beats, and so on.
 * Source: Deb and others (2002), IEEE Transactions on Evolutionary Computation 6:182, non-dominated sorting.
 */
function rankBySize(summaries: readonly IterationSummary[]): Map<number, number> {
  const ranks = new Map<number, number>();
  let rest = summaries.flatMap(({ iteration: { id, parameters }, final }) =>
    final === undefined ? [] : [{ id, parameters, accuracy: final.mean }]
  );
  for (let rank = 0; rest.length > 0; rank++) {
    const front = rest.filter((entry) =>
      !rest.some((other) =>
        other.parameters <= entry.parameters && other.accuracy >= entry.accuracy &&
        (other.parameters < entry.parameters || other.accuracy > entry.accuracy)
      )
    );
    for (const { id } of front) ranks.set(id, rank);
    rest = rest.filter((entry) => !front.includes(entry));
  }
  return ranks;
}

/** The best `count` entries for their size, by parameters; of the last layer those of the highest accuracy. */
export function bestForSize(entries: readonly FieldEntry[], count: number): FieldEntry[] {
  return entries.filter(({ rank }) => rank !== undefined)
    .sort((a, b) => a.rank! - b.rank! || b.summary.final!.mean - a.summary.final!.mean)
    .slice(0, count)
    .sort((a, b) => a.iteration.parameters - b.iteration.parameters);
}

/** The mean of `gaps` with its interval; undefined without any. */
export function meanGap(gaps: readonly number[], { unit }: Unit): MeanGap | undefined {
  const distribution = describe(gaps);
  if (distribution === undefined) return undefined;
  return { count: distribution.n, mean: distribution.mean, interval: tInterval(distribution, { unit }) };
}

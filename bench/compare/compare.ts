/**
 * Whether one side is better than another: paired by seed and by test image.
 *
 * Two verdicts stay apart. *On these images*: the test images are what they are, other seeds are drawn. *On new
 * digits*: other seeds and other writers, whose images are not independent of each other; where a data set has no
 * writers on record, its images count as independent.
 *
 * @module
 */
import { forwardMultiplyAdds } from "../../models/graph.ts";
import { commonSeeds, type Side, type SideTrial } from "./side.ts";
import { epochsToTarget } from "../run/summary.ts";
import { MISSING_WRITERS, type TestLabels } from "../run/test_labels.ts";
import {
  clusteredMcnemarTest,
  type ClusterSums,
  crossedDifference,
  type CrossedMean,
  crossedMean,
  describe,
  type Discordant,
  type Distribution,
  holmAdjusted,
  type Interval,
  mcnemarTest,
  median,
  partsInterval,
  partsTest,
  type VariancePart,
} from "../statistics/mod.ts";
import type { CompareRules } from "./rules.ts";
import { type SeedsNeeded, seedsNeeded } from "./seeds_needed.ts";

/** What a verdict is about. */
export type Population = "images" | "digits";

/** `better`: the second side is; `equal`: they differ by less than the margin. */
export type Status = "better" | "worse" | "equal" | "cannotSay";

/** A difference of accuracies, second minus first, as fractions, with what can be said of it. */
export interface Verdict {
  readonly population: Population;
  readonly status: Status;
  /** At 1 − alpha, for itself. */
  readonly interval: Interval;
  /** Two-sided. */
  readonly p: number;
  /** By Holm's method, over all pairs. */
  readonly adjustedP: number;
  /** How many seeds on each side would show a difference as large as the one seen; absent where it is shown. */
  readonly seeds?: SeedsNeeded;
}

/** Why there is no verdict, worded for the person. */
export interface NoVerdict {
  readonly population: Population;
  readonly status: "notJudged";
  readonly reason: string;
}

/** McNemar's test of the two networks of one seed. */
export interface SeedPair extends Discordant {
  readonly seed: number;
  readonly p: number;
}

/** Two sides compared. */
export interface PairComparison {
  /** Which of the sides. */
  readonly a: number;
  readonly b: number;
  /** Seeds that are compared pair by pair; absent where fewer than two are common, and both have others. */
  readonly seeds?: readonly number[];
  /** Seeds of one side that the other lacks, and that are left out. */
  readonly unpaired: { readonly a: readonly number[]; readonly b: readonly number[] };
  /** Mean accuracy of the second minus the first. */
  readonly difference: number;
  readonly images: Verdict | NoVerdict;
  readonly digits: Verdict | NoVerdict;
  /** Images that one network gets right and the other does not, on average over the pairs of networks. */
  readonly discordant: Discordant;
  /** Of each pair of networks with a common seed. */
  readonly perSeed: readonly SeedPair[];
  /** All of them together, an image's (or a writer's) differences in all seeds being one cluster. */
  readonly pooled?: { readonly statistic: number; readonly p: number; readonly clusters: "writer" | "image" };
}

/** What each side is. */
export interface SideSummary {
  readonly accuracy: Distribution;
  readonly parameters: number;
  readonly multiplyAdds: number;
  /** Trials that reached the target, and their median epoch; absent where somebody did not look in every epoch. */
  readonly target?: { readonly reached: number; readonly median: number | "never" };
  readonly trainSeconds?: number;
}

/** Everything that was found. */
export interface Comparison {
  readonly sides: readonly Side[];
  readonly summaries: readonly SideSummary[];
  readonly pairs: readonly PairComparison[];
  readonly rules: CompareRules;
  readonly testImages: number;
  /** How many writers wrote them; absent where they are not on record or not known. */
  readonly writers?: number;
}

/** Fewest seeds of which a spread can be told. */
const FEWEST_SEEDS = 2;

/** Compares every two of the sides. */
export function compareSides(sides: readonly Side[], test: TestLabels, rules: CompareRules): Comparison {
  const clusters = clustersOf(test);
  const pairs = sides.flatMap((_, b) => sides.slice(0, b).map((_, a) => ({ a, b })));
  const family = Math.max(pairs.length, rules.family ?? 0);
  const together = 1 - rules.alpha / family;
  const measured = pairs.map(({ a, b }) => measurePair(sides[a], sides[b], { test, clusters }));
  const verdictsOf = (population: Population) => {
    const parts = measured.map(({ mean }) => partsOf(mean, population));
    const p = measured.map(({ mean: { mean } }, at) => parts[at] && partsTest(mean, parts[at]));
    const adjusted = holmAdjusted(p.map((each) => each ?? 1), family);
    return measured.map(({ mean }, at): Verdict | NoVerdict => {
      if (population === "digits" && clusters.kind === "missing") {
        return { population, status: "notJudged", reason: "the writers of the test images are not known" };
      }
      const known = parts[at], pAt = p[at];
      if (known === undefined || pAt === undefined) {
        return {
          population,
          status: "notJudged",
          reason: "one seed on a side does not tell a difference from luck",
        };
      }
      const status = statusOf(mean.mean, {
        // that all differences called none lie within the margin is to be wrong as rarely as the tests
        interval: partsInterval(mean.mean, known, together),
        p: adjusted[at],
        rules,
      });
      return {
        population,
        status,
        interval: partsInterval(mean.mean, known, 1 - rules.alpha),
        p: pAt,
        adjustedP: adjusted[at],
        ...(status === "cannotSay" ? { seeds: seedsNeeded(mean, { population, confidence: together }) } : {}),
      };
    });
  };
  const images = verdictsOf("images"), digits = verdictsOf("digits");
  return {
    sides,
    summaries: sides.map((side) => summarizeSide(side, test.labels)),
    pairs: pairs.map((pair, at) => ({
      ...pair,
      ...measured[at].pair,
      difference: measured[at].mean.mean,
      images: images[at],
      digits: digits[at],
    })),
    rules,
    testImages: test.labels.length,
    ...(clusters.kind === "writer" ? { writers: clusters.sizes.length } : {}),
  };
}

function statusOf(
  difference: number,
  { interval, p, rules }: {
    readonly interval: Interval;
    readonly p: number;
    readonly rules: CompareRules;
  },
): Status {
  if (p < rules.alpha) return difference > 0 ? "better" : "worse";
  return interval.low > -rules.margin && interval.high < rules.margin ? "equal" : "cannotSay";
}

/** The parts of the variance that count for a population; undefined for a single seed. */
export function partsOf(
  { seeds, clusters }: CrossedMean,
  population: Population,
): VariancePart[] | undefined {
  if (seeds === undefined || clusters === undefined) return undefined;
  return population === "images" ? [...seeds] : [...seeds, clusters];
}

/** Images by what makes them independent of each other. */
interface Clusters {
  /** `missing`: they count as images each for itself, and nothing is said of new digits. */
  readonly kind: "writer" | "image" | "missing";
  /** Of each image. */
  readonly of: ArrayLike<number>;
  readonly sizes: Float64Array;
}

function clustersOf({ labels, writers }: TestLabels): Clusters {
  if (writers === undefined || writers === MISSING_WRITERS) {
    return {
      kind: writers === undefined ? "image" : "missing",
      of: Uint32Array.from(labels, (_, image) => image),
      sizes: new Float64Array(labels.length).fill(1),
    };
  }
  // by number, so that the order of the images changes no sum
  const numbers = [...new Set(writers.writer)].sort((a, b) => a - b);
  const places = new Map(numbers.map((number, place) => [number, place]));
  const of = Uint32Array.from(writers.writer, (number) => places.get(number)!);
  const sizes = new Float64Array(numbers.length);
  of.forEach((place) => sizes[place]++);
  return { kind: "writer", of, sizes };
}

interface Measured {
  readonly mean: CrossedMean;
  readonly pair: Pick<PairComparison, "seeds" | "unpaired" | "discordant" | "perSeed" | "pooled">;
}

function measurePair(
  a: Side,
  b: Side,
  { test, clusters }: { readonly test: TestLabels; readonly clusters: Clusters },
): Measured {
  const { labels } = test;
  const common = commonSeeds(a, b);
  const enough = common.length >= FEWEST_SEEDS ||
    Math.min(a.trials.length, b.trials.length) < FEWEST_SEEDS && common.length > 0;
  const perSeed = common.map((seed) => {
    const differences = pairDifferences(trialOf(a, seed), trialOf(b, seed), labels);
    const discordant = { onlyA: count(differences, -1), onlyB: count(differences, 1) };
    return { seed, differences, ...discordant, p: mcnemarTest(discordant) };
  });
  const lists = perSeed.map(({ differences: _, ...pair }) => pair);
  if (!enough) {
    return {
      mean: crossedDifference(rightSums(a, labels, clusters), rightSums(b, labels, clusters)),
      pair: {
        unpaired: { a: [], b: [] },
        discordant: meanDiscordant(a, b, labels),
        perSeed: lists,
      },
    };
  }
  const left = (side: Side) =>
    side.trials.map(({ row }) => row.seed).filter((seed) => !common.includes(seed));
  const sums = perSeed.map(({ differences }) => sumByCluster(differences, clusters));
  const total = clusters.sizes.map((_, cluster) => sums.reduce((sum, each) => sum + each[cluster], 0));
  return {
    mean: crossedMean({ sums, sizes: clusters.sizes }),
    pair: {
      seeds: common,
      unpaired: { a: left(a), b: left(b) },
      discordant: {
        onlyA: average(perSeed.map(({ onlyA }) => onlyA)),
        onlyB: average(perSeed.map(({ onlyB }) => onlyB)),
      },
      perSeed: lists,
      pooled: {
        ...clusteredMcnemarTest(total),
        clusters: clusters.kind === "writer" ? "writer" : "image",
      },
    },
  };
}

const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const count = (values: Int8Array, wanted: number) =>
  values.reduce((sum, value) => sum + +(value === wanted), 0);
const trialOf = (side: Side, seed: number) => side.trials.find(({ row }) => row.seed === seed)!;

/** Of each image: 1 where only the second is right, −1 where only the first is, else 0. */
function pairDifferences(a: SideTrial, b: SideTrial, labels: Uint8Array): Int8Array {
  return Int8Array.from(
    labels,
    (label, image) => +(b.predictions[image] === label) - +(a.predictions[image] === label),
  );
}

function sumByCluster(values: ArrayLike<number>, { of, sizes }: Clusters): Float64Array {
  const sums = new Float64Array(sizes.length);
  for (let image = 0; image < values.length; image++) sums[of[image]] += values[image];
  return sums;
}

/** Right answers of every trial, by cluster. */
function rightSums({ trials }: Side, labels: Uint8Array, clusters: Clusters): ClusterSums {
  return {
    sums: trials.map(({ predictions }) =>
      sumByCluster(labels.map((label, image) => +(predictions[image] === label)), clusters)
    ),
    sizes: clusters.sizes,
  };
}

/** Over every two networks, one of each side. */
function meanDiscordant(a: Side, b: Side, labels: Uint8Array): Discordant {
  const shareRight = ({ trials }: Side) =>
    Float64Array.from(
      labels,
      (label, image) => average(trials.map(({ predictions }) => +(predictions[image] === label))),
    );
  const first = shareRight(a), second = shareRight(b);
  let onlyA = 0, onlyB = 0;
  first.forEach((share, image) => {
    onlyA += share * (1 - second[image]);
    onlyB += second[image] * (1 - share);
  });
  return { onlyA, onlyB };
}

function summarizeSide({ iteration, trials }: Side, labels: Uint8Array): SideSummary {
  const accuracies = trials.map(({ predictions }) =>
    labels.reduce((right, label, image) => right + +(predictions[image] === label), 0) / labels.length
  );
  const epochs = epochsToTarget(trials.map(({ row }) => row));
  const seconds = trials.flatMap(({ trainSeconds }) => trainSeconds ?? []);
  return {
    accuracy: describe(accuracies)!,
    parameters: trials[0].row.parameters,
    multiplyAdds: forwardMultiplyAdds(iteration.layers),
    target: epochs && {
      reached: epochs.filter(Number.isFinite).length,
      median: median(epochs) ?? "never",
    },
    trainSeconds: seconds.length === trials.length ? median(seconds) : undefined,
  };
}

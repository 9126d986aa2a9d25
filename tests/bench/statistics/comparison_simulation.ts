/**
 * Comparisons of two networks that never were: seeds, writers and images drawn anew each time, the truth known.
 *
 * Most of 10,000 images are right in every trial. Of the hard ones, how often each of two sides errs is drawn from what
 * was seen of iterations 5 and 4, so that errors correlate between seeds and between sides as they do; hard images come
 * in clusters of a writer, who may lean to one side; a seed may have a good or a bad day. Sides are exchangeable but
 * for the share of hard images that favour the second.
 *
 * @module
 */
import {
  type ClusterSums,
  crossedDifference,
  type CrossedMean,
  crossedMean,
  type Interval,
  partsInterval,
  type VariancePart,
} from "../../../bench/statistics/mod.ts";
import { randomNormals, randomWords } from "./random.ts";

/** What is simulated. */
export interface Scenario {
  /** Seeds of both sides, paired where they are equal. */
  readonly seeds: readonly [a: number, b: number];
  readonly paired: boolean;
  /** Share of the hard images that favour the second side, beyond the half that does where there is no effect. */
  readonly effect: number;
  /** Standard deviation of a seed's day, in logits of every hard image. */
  readonly day: number;
  /** Standard deviation of a writer's lean, in logits. */
  readonly lean: number;
}

/** How often an interval missed the truth, and how often 0. */
export interface Rates {
  readonly cases: number;
  /** Intervals at 95 % that did not hold the truth. */
  readonly imagesMissed: number;
  readonly digitsMissed: number;
  /** Intervals that did not hold 0: with an effect the power, without one the false alarms. */
  readonly imagesFound: number;
  readonly digitsFound: number;
  /** Of new digits, in points. */
  readonly trueDifference: number;
}

const IMAGES = 10_000, WRITERS = 297, CONFIDENCE = 0.95;
/** Shape of a writer's share of hard images: the smaller, the more they come from a few writers. */
const WRITER_SHAPE = 1.5;

/**
 * Of 10,000 test images, how many were wrong in `a` of 5 trials of iteration 5 and `b` of 5 of iteration 4: [a, b,
 * images], of engine wasm 1 and seeds 0 to 4.
 */
const HARD_IMAGES: readonly (readonly [a: number, b: number, images: number])[] = [
  ...([[0, 1, 15], [0, 2, 3], [0, 3, 4], [0, 4, 4], [1, 0, 22], [1, 1, 4], [1, 2, 2], [1, 3, 2]] as const),
  ...([[2, 0, 7], [2, 1, 6], [2, 2, 1], [2, 3, 4], [2, 4, 3], [3, 0, 4], [3, 1, 3], [3, 3, 1]] as const),
  ...([[3, 4, 2], [3, 5, 1], [4, 0, 1], [4, 1, 5], [4, 2, 1], [4, 3, 1], [4, 4, 3], [4, 5, 1]] as const),
  ...([[5, 0, 2], [5, 1, 1], [5, 3, 3], [5, 4, 2], [5, 5, 11]] as const),
];
const HARD_COUNT = HARD_IMAGES.reduce((sum, [, , images]) => sum + images, 0);
/** Of an error, where it was seen in so many of 5 trials: never quite never or always. */
const logitOf = (seen: number) => Math.log((seen + 0.3) / (5 - seen + 0.3));
const logistic = (x: number) => 1 / (1 + Math.exp(-x));

/** Mean of logistic(x + N(0, deviation²)), by the midpoint rule. */
function meanLogistic(x: number, deviation: number): number {
  if (deviation === 0) return logistic(x);
  const nodes = 40, reach = 5;
  let sum = 0, weights = 0;
  for (let node = 0; node < nodes; node++) {
    const z = (2 * (node + 0.5) / nodes - 1) * reach, weight = Math.exp(-z * z / 2);
    sum += weight * logistic(x + deviation * z);
    weights += weight;
  }
  return sum / weights;
}

/** Writers in the world. */
const POOL = 1 << 16;
/** Logits that the table of mean error rates covers, and its entries for each. */
const TABLE_REACH = 12, TABLE_STEPS = 100;

/** Draws of a scenario, from a seed. */
class World {
  private readonly word: () => number;
  private readonly normal: () => number;
  readonly sizes = Float64Array.from({ length: WRITERS }, (_, writer) => writer < 199 ? 34 : 33);

  private readonly table: Float64Array;
  private readonly pool: Float64Array;

  constructor(private readonly scenario: Scenario, seed: number) {
    this.table = Float64Array.from(
      { length: 2 * TABLE_REACH * TABLE_STEPS + 1 },
      (_, at) => meanLogistic(at / TABLE_STEPS - TABLE_REACH, scenario.day),
    );
    this.word = randomWords(seed);
    this.normal = randomNormals(seed + 1_000_000);
    this.pool = Float64Array.from({ length: POOL }, () => this.gamma());
    const average = this.pool.reduce((sum, each) => sum + each, 0) / POOL;
    this.pool.forEach((value, at) => this.pool[at] = value / average);
  }

  private uniform(): number {
    return this.word() / 2 ** 32;
  }

  /** A writer's share of hard images, 1 on average: Gamma of a half-whole shape, by sums of squares. */
  private gamma(): number {
    let sum = 0;
    for (let index = 0; index < 2 * WRITER_SHAPE; index++) sum += this.normal() ** 2;
    return sum / (2 * WRITER_SHAPE);
  }

  /** The mean difference that other seeds and writers would give. */
  trueDifference(): number {
    const { effect, day, lean } = this.scenario;
    const deviation = Math.hypot(day, lean / 2);
    const favoured = HARD_IMAGES.reduce(
      (sum, [a, b, images]) =>
        sum + images * (meanLogistic(logitOf(a), deviation) - meanLogistic(logitOf(b), deviation)),
      0,
    );
    // an image drawn unswapped favours the second side by so much, a swapped one the first
    return 2 * effect * favoured / IMAGES;
  }

  /** Errors of every seed by writer, and the mean difference that other seeds would give on the same images. */
  draw(): { readonly wrong: [ClusterSums, ClusterSums]; readonly onImages: number } {
    const { seeds, effect, day, lean } = this.scenario;
    const wrong = seeds.map((count) => Array.from({ length: count }, () => new Float64Array(WRITERS))) as [
      Float64Array[],
      Float64Array[],
    ];
    const days = seeds.map((count) => Array.from({ length: count }, () => day * this.normal()));
    let onImages = 0;
    for (let writer = 0; writer < WRITERS; writer++) {
      // as many hard images as the writer is prone to; writers themselves are drawn, so the sum is not fixed
      const proneness = this.pool[Math.floor(this.uniform() * POOL)];
      let left = this.poisson(HARD_COUNT * proneness * this.sizes[writer] / IMAGES);
      const leaning = left === 0 ? 0 : lean * this.normal() / 2;
      for (; left > 0; left--) {
        const [first, second] = this.pick();
        const swapped = this.uniform() >= 0.5 + effect;
        const logits = [
          logitOf(swapped ? second : first) + leaning,
          logitOf(swapped ? first : second) - leaning,
        ];
        onImages += this.mean(logits[0]) - this.mean(logits[1]);
        for (const [which, side] of wrong.entries()) {
          const logit = logits[which], always = logistic(logit);
          for (let seed = 0; seed < side.length; seed++) {
            const p = day === 0 ? always : logistic(logit + days[which][seed]);
            if (this.uniform() < p) side[seed][writer]++;
          }
        }
      }
    }
    const { sizes } = this;
    return { wrong: [{ sums: wrong[0], sizes }, { sums: wrong[1], sizes }], onImages: onImages / IMAGES };
  }

  /** Mean error rate over days, from a table: it is asked for often. */
  private mean(logit: number): number {
    const { day } = this.scenario;
    if (day === 0) return logistic(logit);
    const place = (Math.max(-TABLE_REACH, Math.min(TABLE_REACH, logit)) + TABLE_REACH) * TABLE_STEPS;
    const below = Math.min(Math.floor(place), this.table.length - 2), share = place - below;
    return this.table[below] * (1 - share) + this.table[below + 1] * share;
  }

  private pick(): readonly [number, number] {
    let place = Math.floor(this.uniform() * HARD_COUNT);
    for (const [a, b, images] of HARD_IMAGES) {
      place -= images;
      if (place < 0) return [a, b];
    }
    throw new Error("unreachable");
  }

  private poisson(mean: number): number {
    const limit = Math.exp(-mean);
    let count = 0, product = this.uniform();
    while (product > limit) {
      count++;
      product *= this.uniform();
    }
    return count;
  }
}

/** The difference as `compare` takes it: what is right only in the second, minus what only in the first. */
function measure([a, b]: readonly [ClusterSums, ClusterSums], paired: boolean): CrossedMean {
  if (!paired) return crossedDifference(b, a);
  const sums = a.sums.map((ofSeed, seed) =>
    Float64Array.from(ofSeed, (count, writer) => count - b.sums[seed][writer])
  );
  return crossedMean({ sums, sizes: a.sizes });
}

/** Simulates so many comparisons. */
export function simulateComparisons(
  scenario: Scenario,
  { cases, seed }: { cases: number; seed: number },
): Rates {
  const world = new World(scenario, seed), trueDifference = world.trueDifference();
  let imagesMissed = 0, digitsMissed = 0, imagesFound = 0, digitsFound = 0;
  for (let index = 0; index < cases; index++) {
    const { wrong, onImages } = world.draw();
    const { mean, seeds, clusters } = measure(wrong, scenario.paired);
    const images = interval(mean, seeds!), digits = interval(mean, [...seeds!, clusters!]);
    const misses = ({ low, high }: { low: number; high: number }, truth: number) =>
      +(truth < low || truth > high);
    imagesMissed += misses(images, onImages);
    digitsMissed += misses(digits, trueDifference);
    imagesFound += misses(images, 0);
    digitsFound += misses(digits, 0);
  }
  return {
    cases,
    imagesMissed: imagesMissed / cases,
    digitsMissed: digitsMissed / cases,
    imagesFound: imagesFound / cases,
    digitsFound: digitsFound / cases,
    trueDifference: 100 * trueDifference,
  };
}

/** Half-widths for a variance of 1, by degrees of freedom: quantiles take long. */
const units = new Map<number, number>();

/** `partsInterval()`, whose squared half-width is a sum over the parts. */
export function interval(mean: number, parts: readonly VariancePart[]): Interval {
  const squared = parts.reduce((sum, { variance, degrees }) => {
    let unit = units.get(degrees);
    if (unit === undefined) {
      unit = partsInterval(0, [{ variance: 1, degrees }], CONFIDENCE).high;
      units.set(degrees, unit);
    }
    return sum + unit * unit * variance;
  }, 0);
  return { low: mean - Math.sqrt(squared), high: mean + Math.sqrt(squared) };
}

/** Three standard errors of a rate seen in so many cases. */
export function threeErrors(rate: number, cases: number): number {
  return 3 * Math.sqrt(rate * (1 - rate) / cases);
}

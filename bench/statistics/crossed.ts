/**
 * How far a mean is known that varies with two things at once: with the seeds that were trained and with the clusters
 * (writers) whose images were tested on.
 *
 * Every seed meets every cluster, so the two are crossed: with σ² of seeds, clusters and what is left of each pair,
 *
 *     Var(mean) = σ²_seeds/n + σ²_clusters/W + σ²_pairs/(nW).
 *
 * Seeds alone vary the mean on these clusters, σ²_seeds/n + σ²_pairs/(nW): that is the usual squared standard error of
 * n values. What other clusters add is σ²_clusters/W. The parts are estimated apart, each with its own degrees of
 * freedom, and an interval of the whole is √(Σ h²) for intervals of half-widths h of the parts. It never misses more
 * often than stated (`results/statistics.md`), as one with Welch's degrees does for a few seeds against many
 * (`unpairedTest`).
 *
 * Sources: Searle, Casella and McCulloch, "Variance Components" (1992), 4.3, for the estimates; Howe (1974), JASA
 * 69:789, and Zou and Donner (2008), Statistics in Medicine 27:1693, for the interval.
 *
 * @module
 */
import type { Alternative } from "./alternative.ts";
import { describe } from "./describe.ts";
import { tQuantile, tUpperTail } from "./distributions.ts";
import { CONFIDENCE, type Interval } from "./intervals.ts";

/** A part of a mean's variance. */
export interface VariancePart {
  /** Squared standard error that this part alone gives the mean. */
  readonly variance: number;
  /** Degrees of freedom of that estimate. */
  readonly degrees: number;
}

/** A mean over seeds and clusters, with the two parts of its variance. */
export interface CrossedMean {
  readonly mean: number;
  readonly n: number;
  /** Other seeds, on the same clusters: one part, or one for each of two sides; absent for a single seed. */
  readonly seeds?: readonly VariancePart[];
  /** What other clusters add to that; absent for a single seed, which does not tell it from chance within a pair. */
  readonly clusters?: VariancePart;
}

/** Sums over the images of each cluster: `sums[seed][cluster]`; `sizes` counts the images. */
export interface ClusterSums {
  readonly sums: readonly ArrayLike<number>[];
  readonly sizes: ArrayLike<number>;
}

/** What `sums` come to per image. */
export function crossedMean({ sums, sizes }: ClusterSums): CrossedMean {
  const { n, mean, residuals, between, images } = decompose({ sums, sizes });
  if (n < 2) return { mean, n };
  return {
    mean,
    n,
    seeds: [{ variance: between / n, degrees: n - 1 }],
    clusters: clusterPart(clusterMeans(residuals), pairVariance({ residuals, sizes, images })),
  };
}

/** Mean of `b` minus mean of `a`, which have other seeds but the same clusters. */
export function crossedDifference(a: ClusterSums, b: ClusterSums): CrossedMean {
  const first = decompose(a), second = decompose(b);
  const mean = second.mean - first.mean, n = Math.min(first.n, second.n);
  if (n < 2) return { mean, n };
  const means = clusterMeans(first.residuals), others = clusterMeans(second.residuals);
  return {
    mean,
    n,
    seeds: [first, second].map((side) => ({ variance: side.between / side.n, degrees: side.n - 1 })),
    clusters: clusterPart(
      others.map((value, cluster) => value - means[cluster]),
      pairVariance({ ...first, sizes: a.sizes }) + pairVariance({ ...second, sizes: b.sizes }),
    ),
  };
}

/**
 * The seeds' part of a mean of `values`, each a whole number of images over `images`.
 *
 * Where one value differs from another is known to an image at best; without what that hides, so many pairs of seeds
 * tie that their intervals miss too often.
 */
export function seedsPart(values: readonly number[], images: number): VariancePart {
  const { n, deviation = 0 } = describe(values)!;
  return { variance: (deviation * deviation + hiddenVariance(images)) / n, degrees: n - 1 };
}

/** Variance of what rounding to whole images takes away (Sheppard's correction, reversed). */
function hiddenVariance(images: number): number {
  return 1 / (12 * images * images);
}

/**
 * Squared standard error of a mean per image of which `sums` came from each of W clusters with so many images: that of
 * other clusters, everything else being what it is.
 *
 * W/(W − 1) · Σ (sum − size · mean)² / images². Source: Cochran, "Sampling Techniques" (1977), 9A.6 (ratio estimate).
 */
export function clusteredVariance(sums: ArrayLike<number>, sizes: ArrayLike<number>): number {
  const { residuals: [residuals] } = decompose({ sums: [sums], sizes });
  return sumOfSquares(residuals) * residuals.length / (residuals.length - 1);
}

/** Of the whole: on these clusters where `parts` are the seeds' alone, on others with the clusters' too. */
export function partsInterval(
  mean: number,
  parts: readonly VariancePart[],
  confidence: number = CONFIDENCE,
): Interval {
  const margin = Math.sqrt(squaredMargin(parts, (1 - confidence) / 2));
  return { low: mean - margin, high: mean + margin };
}

/** P-value of a mean of 0: the level whose interval just reaches 0; two-sided unless `alternative` says otherwise. */
export function partsTest(
  mean: number,
  parts: readonly VariancePart[],
  alternative: Alternative = "twoSided",
): number {
  const tail = tailBeyond(Math.abs(mean), parts.filter(({ variance }) => variance > NO_VARIANCE));
  if (alternative === "twoSided") return 2 * tail;
  return mean < 0 === (alternative === "less") ? tail : 1 - tail;
}

/** The tail, up to ½, that is left above the upper end of an interval around 0 that just reaches `mean` ≥ 0. */
function tailBeyond(mean: number, counted: readonly VariancePart[]): number {
  if (mean < NO_DIFFERENCE) return 0.5;
  if (counted.length === 0) return 0;
  if (counted.length === 1) {
    const [{ variance, degrees }] = counted;
    return tUpperTail(mean / Math.sqrt(variance), degrees);
  }
  // the logarithm of the tail, so that small p-values keep their digits
  let low = LOWEST_LOG_TAIL, high = Math.log(0.5);
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2;
    if (squaredMargin(counted, Math.exp(middle)) > mean * mean) low = middle;
    else high = middle;
  }
  return Math.exp(high);
}

/** Accuracies are sums of binary fractions: below these is rounding. */
const NO_DIFFERENCE = 1e-12, NO_VARIANCE = 1e-24;
const LOWEST_LOG_TAIL = Math.log(1e-15);
const BISECTIONS = 50;

/** Σ t²·variance with each part's t of upper tail `tail`. */
function squaredMargin(parts: readonly VariancePart[], tail: number): number {
  return parts.reduce((sum, { variance, degrees }) => {
    if (variance <= NO_VARIANCE) return sum;
    const t = tQuantile(1 - tail, degrees);
    return sum + t * t * variance;
  }, 0);
}

interface Decomposed {
  readonly n: number;
  readonly images: number;
  readonly mean: number;
  /** (sum − size · mean) / images of each seed and cluster. */
  readonly residuals: readonly Float64Array[];
  /** Sample variance of the seeds' means, and what rounding to whole images hides of it. */
  readonly between: number;
}

function decompose({ sums, sizes }: ClusterSums): Decomposed {
  const images = total(sizes);
  const means = sums.map((ofSeed) => total(ofSeed) / images);
  const described = describe(means);
  if (described === undefined) {
    throw new RangeError("Cannot take a mean: expected at least one seed, got none");
  }
  const { n, mean, deviation = 0 } = described;
  const residuals = sums.map((ofSeed) =>
    Float64Array.from(ofSeed, (sum, cluster) => (sum - sizes[cluster] * mean) / images)
  );
  const isNothing = sums.every((ofSeed) => Array.from(ofSeed).every((value) => value === 0));
  const between = isNothing ? 0 : deviation * deviation + hiddenVariance(images);
  return { n, images, mean, residuals, between };
}

function clusterMeans(residuals: readonly Float64Array[]): Float64Array {
  return residuals[0].map((_, cluster) =>
    residuals.reduce((sum, ofSeed) => sum + ofSeed[cluster], 0) / residuals.length
  );
}

/** Squared standard error of the mean that pairs of seed and cluster give, σ²_pairs/(nW). */
function pairVariance(
  { residuals, sizes, images }: Pick<Decomposed, "residuals" | "images"> & Pick<ClusterSums, "sizes">,
): number {
  const means = clusterMeans(residuals), n = residuals.length, clusters = means.length;
  const squares = residuals.reduce((sum, ofSeed) => {
    const shift = total(ofSeed);
    return sum + sumOfSquares(ofSeed.map((value, at) => value - means[at] - shift * sizes[at] / images));
  }, 0);
  return squares * clusters / ((clusters - 1) * n * (n - 1));
}

function clusterPart(means: Float64Array, pairs: number): VariancePart {
  const clusters = means.length;
  const all = sumOfSquares(means) * clusters / (clusters - 1);
  return { variance: Math.max(0, all - pairs), degrees: clusters - 1 };
}

function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index];
  return sum;
}

function sumOfSquares(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] * values[index];
  return sum;
}

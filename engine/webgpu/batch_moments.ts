/**
 * Batch norm's statistics: the moments of a batch (or of each of its parts), the coefficients that they give, and those
 * of evaluation.
 *
 * A channel's `coefficients` are (mean, 1/√(variance + ε), weight/√(variance + ε), bias); an element is normalized to
 * z = fma(y − mean, scale, bias). Where a convolution with a bias comes before and the two are computed together, the
 * bias is left out of y, since batch norm takes it out again; it enters the running mean alone.
 *
 * @module
 */
import type { Node } from "../../models/graph.ts";
import { defineKernel, type Kernel } from "./kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "./layout.ts";
import type { Plan } from "./plan.ts";
import { sumOfWorkgroup } from "./workgroup_sum.ts";

/** A batch norm and where its tensors lie, in elements of their buffers. */
export interface BatchNorm {
  readonly channels: number;
  /** Parts of the batch that are normalized each for itself. */
  readonly splits: number;
  readonly epsilon: number;
  /** Weight of a new value in the running statistics. */
  readonly momentum: number;
  /** In `parameters`: weight, bias, and the bias of the convolution before that is left out of y. */
  readonly weightAt: number;
  readonly biasAt: number;
  readonly leftOutAt?: number;
  /** In `running`. */
  readonly meanAt: number;
  readonly varianceAt: number;
  /** In `coefficients`: [splits][channels]; evaluation uses the first. */
  readonly coefficientsAt: number;
}

/** Takes the places of a batch norm. */
export function planBatchNorm(
  plan: Plan,
  { tensors: { weight, bias, running_mean, running_var } }: Node,
  options: { readonly splits?: number; readonly epsilon: number; readonly momentum: number },
): BatchNorm {
  const { splits = 1, epsilon, momentum } = options, channels = weight.length;
  return {
    channels,
    splits,
    epsilon,
    momentum,
    weightAt: weight.offset,
    biasAt: bias.offset,
    meanAt: plan.runningAt(running_mean),
    varianceAt: plan.runningAt(running_var),
    coefficientsAt: plan.coefficients(splits * channels),
  };
}

/** WGSL function `first_of(split, splits)`: the first example of a part of the batch, or the batch's end. */
export const SPLIT_STARTS = `fn first_of(split: u32, splits: u32) -> u32 {
  return split * (step.examples / splits) + min(split, step.examples % splits);
}`;

/** WGSL function `split_of(n)`: the part of the batch that example `n` belongs to. */
export function splitOf(splits: number): string {
  if (splits === 1) return "fn split_of(n: u32) -> u32 { return 0u; }";
  return `fn split_of(n: u32) -> u32 {
  // what is beyond the batch is computed along with its last part, and evaluation has a single one
  if (step.training == 0u) { return 0u; }
  let splits = min(step.examples, ${splits}u);
  let size = step.examples / splits;
  let longer = step.examples % splits;
  let of_longer = longer * (size + 1u);
  return min(select(longer + (n - of_longer) / size, n / (size + 1u), n < of_longer), splits - 1u);
}`;
}

/** Positions of a channel that an invocation of `laneSumsKernel` adds up. */
const POSITIONS_EACH = 16;

/** Sums that `laneSumsKernel` leaves for a channel and an example. */
export const laneSumParts = (positions: number): number => Math.ceil(positions / POSITIONS_EACH);

/** WGSL of how many positions part `part` (WGSL) has. */
export const positionsOfPart = (positions: number, part: string): string =>
  `f32(min(${POSITIONS_EACH}, ${positions} - ${part} * ${POSITIONS_EACH}))`;

/**
 * Sums of each channel over a few positions of an example, for `momentsKernel`.
 *
 * - `values` [T,C,positions,N] f32
 * - `sums`   [T,C,parts,N] vec2f: a part's sum and its sum of squared deviations from its own mean
 */
export function laneSumsKernel(options: {
  readonly label: string;
  readonly lanes: number;
  readonly channels: number;
  readonly positions: number;
  readonly values: string;
  readonly sums: string;
}): Kernel {
  const { label, lanes, channels, positions, values, sums } = options;
  const parts = laneSumParts(positions), rows = MAXIMUM_INVOCATIONS / LANES, laneBlocks = lanes / LANES;
  return defineKernel({
    label,
    bindings: {
      values: { buffer: values, type: "f32" },
      sums: { buffer: sums, type: "vec2f", write: true },
    },
    size: [LANES, rows],
    workgroups: [laneBlocks * Math.ceil(parts / rows), channels],
    work: { bytes: 4 * lanes * channels * (positions + 2 * parts) },
    body: `  let n = group.x % ${laneBlocks} * ${LANES} + local.x;
  let part = group.x / ${laneBlocks} * ${rows} + local.y;
  if (part >= ${parts}) { return; }
  let k = group.y;
  let first = part * ${POSITIONS_EACH};
  let end = min(first + ${POSITIONS_EACH}, ${positions});
  let start = (trial * ${channels} + k) * ${positions};
  var total = 0.0;
  for (var p = first; p < end; p++) { total += values[(start + p) * ${lanes} + n]; }
  let mean = total / f32(end - first);
  var squares = 0.0;
  for (var p = first; p < end; p++) {
    let d = values[(start + p) * ${lanes} + n] - mean;
    squares = fma(d, d, squares);
  }
  sums[((trial * ${channels} + k) * ${parts} + part) * ${lanes} + n] = vec2f(total, squares);`,
  });
}

/**
 * Mean and variance of each channel from sums over parts of it, its coefficients, and its running statistics moved.
 *
 * - `sums` [T,K,parts,N] vec2f: the sum of a part of an example's positions, and its sum of squared deviations from its
 *   own mean; `positionsOf` is WGSL of how many positions part `part` (WGSL) has
 *
 * variance = Σ(part) (M2 + count · (mean of part − mean)²) / Σ count (Chan, Golub and LeVeque), added up by 256
 * invocations in a fixed order; the running variance takes the unbiased estimate. Where the batch is split, each part
 * has coefficients of its own and the running statistics take the mean of theirs.
 */
export function momentsKernel(options: {
  readonly label: string;
  readonly lanes: number;
  readonly norm: BatchNorm;
  readonly plan: Plan;
  readonly positions: number;
  readonly parts: number;
  readonly positionsOf: (part: string) => string;
  readonly sums: string;
}): Kernel {
  const { label, lanes, norm, positions, parts, positionsOf } = options, { strides } = options.plan;
  const size = MAXIMUM_INVOCATIONS, total = parts * lanes;
  const isInside = `at % ${lanes} >= first && at % ${lanes} < end`;
  return defineKernel({
    label,
    bindings: {
      sums: { buffer: options.sums, type: "vec2f" },
      parameters: { buffer: "parameters", type: "f32" },
      running: { buffer: "running", type: "f32", write: true },
      coefficients: { buffer: "coefficients", type: "vec4f", write: true },
    },
    size: [size, 1],
    workgroups: [norm.channels, 1],
    work: { bytes: 8 * total * norm.channels, flop: 0 },
    declarations: `${sumOfWorkgroup("f32")}\n${SPLIT_STARTS}`,
    body: `  let k = group.x;
  let start = (trial * ${norm.channels} + k) * ${total};
  let p = trial * ${strides.parameters} + k;
  let splits = min(step.examples, ${norm.splits}u);
  var mean_of_splits = 0.0;
  var variance_of_splits = 0.0;
  for (var split = 0u; split < splits; split++) {
    let first = first_of(split, splits);
    let end = first_of(split + 1u, splits);
    let count = f32((end - first) * ${positions});
    var sum = 0.0;
    for (var at = local.x; at < ${total}; at += ${size}) {
      if (${isInside}) { sum += sums[start + at].x; }
    }
    let mean = sum_of_workgroup(local.x, sum) / count;
    var squares = 0.0;
    for (var at = local.x; at < ${total}; at += ${size}) {
      if (${isInside}) {
        let positions = ${positionsOf(`(at / ${lanes})`)};
        let of_part = sums[start + at];
        let d = of_part.x / positions - mean;
        squares += of_part.y + positions * d * d;
      }
    }
    let all_squares = sum_of_workgroup(local.x, squares);
    if (local.x == 0) {
      let inverse = 1.0 / sqrt(all_squares / count + ${norm.epsilon});
      coefficients[trial * ${strides.coefficients} + ${norm.coefficientsAt} + split * ${norm.channels} + k] = vec4f(
        mean,
        inverse,
        parameters[p + ${norm.weightAt}] * inverse,
        parameters[p + ${norm.biasAt}],
      );
      mean_of_splits += mean;
      variance_of_splits += all_squares / max(1.0, count - 1.0);
    }
  }
  if (local.x == 0) {
    let r = trial * ${strides.running} + k;
    let m = r + ${norm.meanAt};
    let v = r + ${norm.varianceAt};
    let mean = mean_of_splits / f32(splits)${leftOut(norm, "+")};
    running[m] += ${norm.momentum} * (mean - running[m]);
    running[v] += ${norm.momentum} * (variance_of_splits / f32(splits) - running[v]);
  }`,
  });
}

/** WGSL that adds (or takes off) the bias that is left out of y, if one is. */
const leftOut = ({ leftOutAt }: BatchNorm, sign: "+" | "-"): string =>
  leftOutAt === undefined ? "" : ` ${sign} parameters[p + ${leftOutAt}]`;

/** The coefficients of evaluation, from the running statistics. */
export function evaluationCoefficientsKernel(label: string, norm: BatchNorm, { strides }: Plan): Kernel {
  return defineKernel({
    label,
    bindings: {
      parameters: { buffer: "parameters", type: "f32" },
      running: { buffer: "running", type: "f32" },
      coefficients: { buffer: "coefficients", type: "vec4f", write: true },
    },
    size: [64, 1],
    workgroups: [Math.ceil(norm.channels / 64), 1],
    body: `  let k = group.x * 64 + local.x;
  if (k >= ${norm.channels}) { return; }
  let p = trial * ${strides.parameters} + k;
  let r = trial * ${strides.running} + k;
  let inverse = 1.0 / sqrt(running[r + ${norm.varianceAt}] + ${norm.epsilon});
  coefficients[trial * ${strides.coefficients} + ${norm.coefficientsAt} + k] = vec4f(
    running[r + ${norm.meanAt}]${leftOut(norm, "-")},
    inverse,
    parameters[p + ${norm.weightAt}] * inverse,
    parameters[p + ${norm.biasAt}],
  );`,
  });
}

/**
 * Batch norm: the moments of a batch, the coefficients of evaluation, and what the way back needs of them.
 *
 * A channel's `coefficients` are (mean, 1/√(variance + ε), weight/√(variance + ε), bias); an element is normalized to
 * fma(z − mean, scale, bias). The convolution's own bias is left out of z, since batch norm takes it out again; it
 * enters the running mean alone.
 *
 * @module
 */
import { defineKernel, type Kernel } from "./kernel.ts";
import { MAXIMUM_INVOCATIONS } from "./layout.ts";
import { type Convolution, tiling } from "./conv2d.ts";
import { sumOfWorkgroup } from "./workgroup_sum.ts";

/** Added to the variance, as PyTorch does. */
export const EPSILON = 1e-5;
/** Weight of a new value in the running statistics. */
export const NEW_VALUE_WEIGHT = 0.1;

/** Where a batch norm's tensors lie, in elements of their buffers. */
export interface BatchNorm {
  readonly channels: number;
  /** In `parameters`: weight, bias and the convolution's bias. */
  readonly weightAt: number;
  readonly biasAt: number;
  readonly convBiasAt: number;
  /** In `running`. */
  readonly meanAt: number;
  readonly varianceAt: number;
  /** In `coefficients`. */
  readonly coefficientsAt: number;
}

/** Elements of a trial in the buffers that all layers share. */
export interface Strides {
  readonly parameters: number;
  readonly running: number;
  readonly coefficients: number;
}

/**
 * Mean and variance of each channel from the sums of a convolution's tiles, its coefficients, and its running
 * statistics moved.
 *
 * - `sums` [T,K,tiles,N] vec2f: see `convolutionKernel`
 *
 * variance = Σ(tile) (M2 + count · (mean of tile − mean)²) / Σ count (Chan, Golub and LeVeque), added up by 256
 * invocations in a fixed order; the running variance takes the unbiased estimate.
 */
export function momentsKernel(options: {
  readonly label: string;
  readonly shape: Convolution;
  readonly lanes: number;
  readonly norm: BatchNorm;
  readonly strides: Strides;
  readonly sums: string;
}): Kernel {
  const { label, shape, lanes, norm, strides } = options;
  const { outHeight, outWidth } = shape;
  const { tile, across, count } = tiling(shape);
  const size = MAXIMUM_INVOCATIONS, total = count * lanes;
  const tileCount = (at: string): string =>
    `f32(min(${tile.rows}, ${outHeight} - ${at} / ${across} * ${tile.rows}) * min(${tile.columns}, ${outWidth} - ${at} % ${across} * ${tile.columns}))`;
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
    declarations: sumOfWorkgroup("f32"),
    body: `  let k = group.x;
  let start = (trial * ${norm.channels} + k) * ${total};
  let count = f32(step.examples * ${outHeight * outWidth});
  var sum = 0.0;
  for (var at = local.x; at < ${total}; at += ${size}) {
    if (at % ${lanes} < step.examples) { sum += sums[start + at].x; }
  }
  let mean = sum_of_workgroup(local.x, sum) / count;
  var squares = 0.0;
  for (var at = local.x; at < ${total}; at += ${size}) {
    if (at % ${lanes} < step.examples) {
      let positions = ${tileCount(`(at / ${lanes})`)};
      let of_tile = sums[start + at];
      let d = of_tile.x / positions - mean;
      squares += of_tile.y + positions * d * d;
    }
  }
  let all_squares = sum_of_workgroup(local.x, squares);
  if (local.x == 0) {
    let p = trial * ${strides.parameters} + k;
    let r = trial * ${strides.running} + k;
    let inverse = 1.0 / sqrt(all_squares / count + ${EPSILON});
    coefficients[trial * ${strides.coefficients} + ${norm.coefficientsAt} + k] = vec4f(
      mean,
      inverse,
      parameters[p + ${norm.weightAt}] * inverse,
      parameters[p + ${norm.biasAt}],
    );
    let m = r + ${norm.meanAt};
    let v = r + ${norm.varianceAt};
    let biased_mean = mean + parameters[p + ${norm.convBiasAt}];
    running[m] += ${NEW_VALUE_WEIGHT} * (biased_mean - running[m]);
    running[v] += ${NEW_VALUE_WEIGHT} * (all_squares / max(1.0, count - 1.0) - running[v]);
  }`,
  });
}

/** The coefficients of evaluation, start the running statistics. */
export function evaluationCoefficientsKernel(
  label: string,
  norm: BatchNorm,
  strides: Strides,
): Kernel {
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
  let inverse = 1.0 / sqrt(running[r + ${norm.varianceAt}] + ${EPSILON});
  coefficients[trial * ${strides.coefficients} + ${norm.coefficientsAt} + k] = vec4f(
    running[r + ${norm.meanAt}] - parameters[p + ${norm.convBiasAt}],
    inverse,
    parameters[p + ${norm.weightAt}] * inverse,
    parameters[p + ${norm.biasAt}],
  );`,
  });
}

/**
 * What all normalizing layers have in common.
 *
 * @module
 */
import { forEachElement, type Tensor, zeros } from "./tensor.ts";

/** To which of several an element belongs. */
export type Membership = (n: number, c: number, h: number, w: number) => number;

/** Elements with mean 0 and variance 1 in each group, and the way back. */
export interface Standardized {
  readonly output: Tensor;
  /** Of each group. */
  readonly mean: Float64Array;
  /** Biased. */
  readonly variance: Float64Array;
  /** Elements of each group. */
  readonly count: Float64Array;
  backward(dOutput: Tensor): Tensor;
}

/** (x − mean) / √(variance + epsilon), mean and biased variance over each of `groups` groups of elements. */
export function standardize(
  input: Tensor,
  groups: number,
  group: Membership,
  epsilon: number,
): Standardized {
  const { shape, data } = input;
  const count = new Float64Array(groups),
    mean = new Float64Array(groups),
    variance = new Float64Array(groups);
  const groupOf = new Int32Array(data.length);
  forEachElement(shape, (o, n, c, h, w) => {
    groupOf[o] = group(n, c, h, w);
    count[groupOf[o]]++;
    mean[groupOf[o]] += data[o];
  });
  mean.forEach((sum, g) => mean[g] = sum / count[g]);
  data.forEach((x, o) => variance[groupOf[o]] += (x - mean[groupOf[o]]) ** 2);
  variance.forEach((sum, g) => variance[g] = sum / count[g]);
  const inverse = variance.map((v) => 1 / Math.sqrt(v + epsilon));
  const output = zeros(shape);
  data.forEach((x, o) => output.data[o] = (x - mean[groupOf[o]]) * inverse[groupOf[o]]);
  return {
    output,
    mean,
    variance,
    count,
    backward(dOutput) {
      // what is left of the gradient when its mean and its projection on the output are taken away
      const sum = new Float64Array(groups), projection = new Float64Array(groups);
      dOutput.data.forEach((dz, o) => {
        sum[groupOf[o]] += dz;
        projection[groupOf[o]] += dz * output.data[o];
      });
      const dInput = zeros(shape);
      dOutput.data.forEach((dz, o) => {
        const g = groupOf[o];
        dInput.data[o] = inverse[g] * (dz - (sum[g] + output.data[o] * projection[g]) / count[g]);
      });
      return dInput;
    },
  };
}

/** weight · x + bias; `member` says which weight and bias an element has. */
export function affine(
  input: Tensor,
  { weight, bias }: Readonly<Record<string, Float64Array>>,
  member: Membership,
): {
  readonly output: Tensor;
  backward(dOutput: Tensor): {
    readonly input: Tensor;
    readonly tensors: Readonly<Record<"weight" | "bias", Float64Array>>;
  };
} {
  const output = zeros(input.shape), memberOf = new Int32Array(input.data.length);
  forEachElement(input.shape, (o, n, c, h, w) => {
    memberOf[o] = member(n, c, h, w);
    output.data[o] = weight[memberOf[o]] * input.data[o] + bias[memberOf[o]];
  });
  return {
    output,
    backward(dOutput) {
      const dInput = zeros(input.shape);
      const dWeight = new Float64Array(weight.length), dBias = new Float64Array(bias.length);
      dOutput.data.forEach((dy, o) => {
        const m = memberOf[o];
        dWeight[m] += dy * input.data[o];
        dBias[m] += dy;
        dInput.data[o] = dy * weight[m];
      });
      return { input: dInput, tensors: { weight: dWeight, bias: dBias } };
    },
  };
}

/** Batch norm in evaluation: with the running mean and variance of each channel. */
export function withRunningStatistics(
  input: Tensor,
  tensors: Readonly<Record<string, Float64Array>>,
  epsilon: number,
): Tensor {
  const { running_mean: mean, running_var: variance, weight, bias } = tensors;
  const output = zeros(input.shape);
  forEachElement(input.shape, (o, _, c) => {
    output.data[o] = weight[c] * (input.data[o] - mean[c]) / Math.sqrt(variance[c] + epsilon) + bias[c];
  });
  return output;
}

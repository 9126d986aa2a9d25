/**
 * Normalizing an example over parts of itself: each channel, groups of channels, everything.
 *
 * @module
 */
import { type Forward, placesOf, type Value } from "../operation.ts";

/** Writes (x − mean) / √(variance + epsilon), mean and biased variance over each of `parts` equal parts. */
function standardize({ data: x }: Value, { data: y }: Value, parts: number, epsilon: number): void {
  const size = x.length / parts;
  for (let part = 0; part < parts; part++) {
    const start = part * size, end = start + size;
    let sum = 0, squares = 0;
    for (let i = start; i < end; i++) sum += x[i];
    const mean = sum / size;
    for (let i = start; i < end; i++) squares += (x[i] - mean) * (x[i] - mean);
    const factor = 1 / Math.sqrt(squares / size + epsilon);
    for (let i = start; i < end; i++) y[i] = factor * (x[i] - mean);
  }
}

/** Scales and shifts; each weight and bias is for `reach` elements in turn. */
function affine(
  { data: y }: Value,
  { weight, bias }: Readonly<Record<string, Float32Array>>,
  reach: number,
): void {
  for (let m = 0, i = 0; m < weight.length; m++) {
    for (const end = i + reach; i < end; i++) y[i] = weight[m] * y[i] + bias[m];
  }
}

export const groupNorm: Forward<"groupNorm"> = ({ operation, inputs: [input], tensors, output }) => {
  standardize(input, output, operation.groups, operation.epsilon);
  affine(output, tensors, placesOf(output));
};

export const layerNorm: Forward<"layerNorm"> = ({ operation, inputs: [input], tensors, output }) => {
  standardize(input, output, 1, operation.epsilon);
  affine(output, tensors, 1);
};

export const instanceNorm: Forward<"instanceNorm"> = ({ operation, inputs: [input], output }) =>
  standardize(input, output, input.shape[0], operation.epsilon);

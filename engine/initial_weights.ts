/**
 * The tensors that a network starts from, as PyTorch's defaults have them.
 *
 * @module
 */
import { describeNetwork, type TensorSpec } from "../models/shapes.ts";
import type { Layer } from "../models/types.ts";
import type { NamedTensor } from "./engine.ts";
import { drawMany, Stream, toUnit } from "./streams.ts";

/** Inputs that one output of the layer sums over: the product of its weight's dimensions but the first. */
function fanIn(weight: TensorSpec): number {
  return weight.shape.slice(1).reduce((product, size) => product * size, 1);
}

/** Fills `out` with U(−bound, bound), bound = 1/√fanIn in float32; element e takes draw e. */
function fillUniform(out: Float32Array, seed: number, index: number, fanIn: number): void {
  const words = new Uint32Array(out.length);
  drawMany({ seed, stream: Stream.initialWeights, index }, words);
  const bound = Math.fround(1 / Math.sqrt(fanIn));
  // 2u − 1 is exact in float32, so the product below rounds once.
  for (let e = 0; e < out.length; e++) out[e] = Math.fround(Math.fround(2 * toUnit(words[e]) - 1) * bound);
}

/**
 * All initial tensors of a network, one after the other in canonical order (all parameters in layer order, then
 * all running statistics in layer order).
 *
 * Weights and biases of `conv` and `linear` are U(±1/√fan_in); batch norm starts with weight 1, bias 0, running
 * mean 0 and running variance 1. A pure function of the layers and the seed (a uint32), the same everywhere.
 */
export function initialTensors(layers: readonly Layer[], seed: number): Float32Array<ArrayBuffer> {
  const { tensors, length } = describeNetwork(layers);
  const values = new Float32Array(length);
  let weight = tensors[0];
  tensors.forEach((tensor, index) => {
    const out = values.subarray(tensor.offset, tensor.offset + tensor.length);
    switch (tensor.role) {
      case "convWeight":
      case "linearWeight":
        weight = tensor;
        fillUniform(out, seed, index, fanIn(weight));
        break;
      case "convBias":
      case "linearBias":
        // A bias follows its weight and has the same bound.
        fillUniform(out, seed, index, fanIn(weight));
        break;
      case "normWeight":
      case "runningVariance":
        out.fill(1);
        break;
      case "normBias":
      case "runningMean":
        break; // zero already
    }
  });
  return values;
}

/**
 * The tensors inside `values`, an array of all of them in canonical order, as named views (no copy).
 *
 * @throws {RangeError} If `values` is not as long as the network's tensors.
 */
export function namedTensors(layers: readonly Layer[], values: Float32Array): NamedTensor[] {
  const { tensors, length } = describeNetwork(layers);
  if (values.length !== length) {
    throw new RangeError(`Cannot name tensors: expected ${length} values, got ${values.length}`);
  }
  return tensors.map(({ name, shape, offset, length }) => ({
    name,
    shape,
    data: values.subarray(offset, offset + length),
  }));
}

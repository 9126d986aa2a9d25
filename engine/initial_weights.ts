/**
 * The tensors that a network starts from.
 *
 * @module
 */
import type { Graph, TensorSpec } from "../models/graph.ts";
import type { CompletedTraining } from "../models/iteration.ts";
import type { NamedTensor } from "./engine.ts";
import { drawMany, Stream, toUnit } from "./streams.ts";

/** Whose start values a network has. */
export type Initialization = CompletedTraining["initialization"];

/**
 * Half the width of the interval that a kernel or bias starts in, rounded to float32: PyTorch's 1/√fanIn, or Keras'
 * √(6/(fanIn + fanOut)) (Glorot and Bengio, 2010) for kernels and 0 for biases.
 */
function boundOf(
  { group }: TensorSpec,
  { fanIn, fanOut }: { readonly fanIn: number; readonly fanOut: number },
  initialization: Initialization,
): number {
  if (initialization === "pytorch") return Math.fround(1 / Math.sqrt(fanIn));
  return group === "bias" ? 0 : Math.fround(Math.sqrt(6 / (fanIn + fanOut)));
}

/** Fills `out` with U(−bound, bound); element e takes draw e of the tensor's place in canonical order. */
function fillUniform(out: Float32Array, seed: number, index: number, bound: number): void {
  const words = new Uint32Array(out.length);
  drawMany({ seed, stream: Stream.initialWeights, index }, words);
  // 2u − 1 is exact in float32, so the product below rounds once.
  for (let e = 0; e < out.length; e++) out[e] = Math.fround(Math.fround(2 * toUnit(words[e]) - 1) * bound);
}

/**
 * All initial tensors of a network, one after the other in canonical order (all parameters in layer order, then
 * all running statistics in layer order).
 *
 * Kernels and biases are uniform (see `Initialization`), all others constant, as their layers describe them. A pure
 * function of the network and the seed (a uint32), the same everywhere.
 */
export function initialTensors(
  { tensors, length }: Graph,
  seed: number,
  initialization: Initialization = "pytorch",
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(length);
  for (const tensor of tensors) {
    const out = values.subarray(tensor.offset, tensor.offset + tensor.length), { start } = tensor;
    if (start.kind === "constant") {
      out.fill(start.value);
      continue;
    }
    const bound = boundOf(tensor, start, initialization);
    if (bound > 0) fillUniform(out, seed, tensor.index, bound);
  }
  return values;
}

/**
 * The tensors inside `values`, an array of all of them in canonical order, as named views (no copy).
 *
 * @throws {RangeError} If `values` is not as long as the network's tensors.
 */
export function namedTensors({ tensors, length }: Graph, values: Float32Array): NamedTensor[] {
  if (values.length !== length) {
    throw new RangeError(`Cannot name tensors: expected ${length} values, got ${values.length}`);
  }
  return tensors.map(({ name, shape, offset, length }) => ({
    name,
    shape,
    data: values.subarray(offset, offset + length),
  }));
}

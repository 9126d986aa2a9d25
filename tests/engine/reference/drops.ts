/**
 * What both kinds of dropout have in common.
 *
 * @module
 */
import { drawMany, dropoutThreshold, isKept, Stream } from "../../../engine/streams.ts";
import type { Draws, Pass } from "./reference_operation.ts";
import { forEachElement, type Tensor } from "./tensor.ts";

/**
 * Divides by 1 − p where the draw keeps an element, else 0: example n takes the draws of its place in the training
 * set; `numberOf` says which of them an element takes. Nothing happens in evaluation.
 */
export function drop(
  { shape, data }: Tensor,
  p: number,
  training: Draws | undefined,
  numberOf: (c: number, h: number, w: number) => number,
): Pass {
  const factors = new Float64Array(data.length).fill(1);
  if (training !== undefined) {
    const { seed, epoch, indices, ordinal } = training, threshold = dropoutThreshold(p);
    const words = new Uint32Array(data.length / shape[0]);
    let drawnFor = -1;
    forEachElement(shape, (o, n, c, h, w) => {
      if (n !== drawnFor) {
        drawMany({ seed, stream: Stream.dropout, index: indices[n], epoch, channel: ordinal }, words);
        drawnFor = n;
      }
      factors[o] = isKept(words[numberOf(c, h, w)], threshold) ? 1 / (1 - p) : 0;
    });
  }
  const scaled = (values: Float64Array): Tensor => ({
    shape,
    data: values.map((value, o) => value * factors[o]),
  });
  return { output: scaled(data), backward: (dOutput) => ({ inputs: [scaled(dOutput.data)] }) };
}

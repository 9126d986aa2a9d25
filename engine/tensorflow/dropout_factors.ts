/**
 * What dropout multiplies with, from the shared draws.
 *
 * @module
 */
import type { Shape } from "../../models/shape.ts";
import { drawMany, dropoutThreshold, isKept, Stream } from "../streams.ts";

/** A `dropout` or `channelDropout` layer. */
export interface DropoutLayer {
  readonly p: number;
  /** Whether whole channels are dropped. */
  readonly channels: boolean;
  /** Among the iteration's dropout layers of either kind. */
  readonly ordinal: number;
  /** `[C,H,W]`, or `[C]` behind flatten and average. */
  readonly input: Shape;
}

/** The shape of the factors of a batch, [N,H,W,C] or [N,C]; of whole channels [N,1,1,C]. */
export function dropoutShape({ channels, input }: DropoutLayer, examples: number): number[] {
  const [C, H, W] = input;
  if (input.length === 1) return [examples, C];
  return channels ? [examples, 1, 1, C] : [examples, H, W, C];
}

/** 1/(1 − p) in float32 where an element is kept, else 0, for the examples with these places in the training set. */
export function dropoutFactors(
  layer: DropoutLayer,
  indices: Uint32Array,
  { seed, epoch }: { readonly seed: number; readonly epoch: number },
): Float32Array {
  const [C, H = 1, W = 1] = layer.input, positions = layer.channels ? 1 : H * W;
  const size = C * positions, threshold = dropoutThreshold(layer.p);
  const scale = Math.fround(1 / (1 - layer.p));
  const words = new Uint32Array(size), factors = new Float32Array(indices.length * size);
  indices.forEach((index, n) => {
    drawMany({ seed, stream: Stream.dropout, index, epoch, channel: layer.ordinal }, words);
    const from = n * size;
    for (let c = 0, word = 0; c < C; c++) {
      for (let at = 0; at < positions; at++, word++) {
        factors[from + at * C + c] = isKept(words[word], threshold) ? scale : 0;
      }
    }
  });
  return factors;
}

/**
 * How much arithmetic a network asks for.
 *
 * @module
 */
import { describeNetwork, type ShapedLayer } from "./shapes.ts";
import type { Layer } from "./types.ts";

/** Multiply-adds of one layer's forward pass for one image, convolutions counted as by their definition. */
function multiplyAdds({ layer, input, output }: ShapedLayer): number {
  switch (layer.kind) {
    case "conv":
      return output[0] * output[1] * output[2] * input[0] * layer.kernel * layer.kernel;
    case "linear":
      return input[0] * output[0];
    default:
      return 0;
  }
}

/** Multiply-adds of the forward pass for one image. */
export function forwardMultiplyAdds(layers: readonly Layer[]): number {
  return describeNetwork(layers).layers.reduce((sum, layer) => sum + multiplyAdds(layer), 0);
}

/**
 * Floating-point operations of a training step for one image: forward, weight gradients and input gradients, two
 * operations a multiply-add. The first layer that learns needs no input gradient.
 */
export function trainingFlop(layers: readonly Layer[]): number {
  const works = describeNetwork(layers).layers.map(multiplyAdds).filter((work) => work > 0);
  return 2 * (3 * works.reduce((sum, work) => sum + work, 0) - (works[0] ?? 0));
}

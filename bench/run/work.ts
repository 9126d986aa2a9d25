/**
 * How much arithmetic a trial is, so that time left can be told across iterations of different size.
 *
 * @module
 */
import type { Trial } from "../../engine/engine.ts";
import { describeNetwork } from "../../models/shapes.ts";
import type { Layer } from "../../models/types.ts";

/** Multiply-adds of convolutions and linear layers in the forward pass of one image. */
export function multiplyAddsPerImage(layers: readonly Layer[]): number {
  let total = 0;
  for (const { layer, input, output } of describeNetwork(layers).layers) {
    if (layer.kind === "conv") {
      total += output[0] * output[1] * output[2] * input[0] * layer.kernel * layer.kernel;
    } else if (layer.kind === "linear") {
      total += input[0] * output[0];
    }
  }
  return total;
}

/** Forward multiply-adds of a whole trial; a training step costs about three times that in every iteration. */
export function trialWork(trial: Trial, trainImages: number): number {
  return trial.epochs * trainImages * multiplyAddsPerImage(trial.iteration.layers);
}

/**
 * How much arithmetic a trial is, so that time left can be told across iterations of different size.
 *
 * @module
 */
import type { Trial } from "../../engine/engine.ts";
import { imagesPerEpoch } from "../../engine/training_set.ts";
import { forwardMultiplyAdds } from "../../models/graph.ts";

/** Forward multiply-adds of a whole trial on its part of `trainImages`; a training step costs about three times that in every iteration. */
export function trialWork(trial: Trial, trainImages: number): number {
  const { epochs, iteration: { training, layers } } = trial;
  return epochs * imagesPerEpoch(training, trainImages) * forwardMultiplyAdds(layers);
}

/**
 * How much arithmetic a trial is, so that time left can be told across iterations of different size.
 *
 * @module
 */
import type { Trial } from "../../engine/engine.ts";
import { forwardMultiplyAdds } from "../../models/graph.ts";

/** Forward multiply-adds of a whole trial; a training step costs about three times that in every iteration. */
export function trialWork(trial: Trial, trainImages: number): number {
  return trial.epochs * trainImages * forwardMultiplyAdds(trial.iteration.layers);
}

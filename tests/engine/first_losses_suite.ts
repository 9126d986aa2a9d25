/**
 * Holds an engine's first 20 losses of each iteration, recipe and all, against the float64 reference's.
 *
 * @module
 */
import { ok } from "node:assert/strict";
import { epochOrder } from "../../engine/batch_order.ts";
import { initialTensors } from "../../engine/initial_weights.ts";
import { loadIterations } from "../../models/catalog.ts";
import type { OpenNetwork } from "./engine_suite.ts";
import { firstLossesData, ITERATIONS, readFirstLosses, SEED, STEPS } from "./float64_training.ts";

const BATCH = 128;

/** Mean losses of the first steps, as an engine makes them. */
export async function trainFirstSteps(open: OpenNetwork, id: number): Promise<number[]> {
  const iteration = (await loadIterations()).find((each) => each.id === id)!;
  const { train } = firstLossesData();
  const order = epochOrder(STEPS * BATCH, SEED, 1);
  const network = await open(iteration, initialTensors(iteration.layers, SEED));
  try {
    const losses: number[] = [];
    for (let stepNumber = 0; stepNumber < STEPS; stepNumber++) {
      const indices = order.slice(stepNumber * BATCH, (stepNumber + 1) * BATCH);
      const options = { epoch: 1, seed: SEED, stepNumber, stepsPerEpoch: STEPS };
      losses.push((await network.trainStep(train, indices, options)).loss / BATCH);
    }
    return losses;
  } finally {
    network.close();
  }
}

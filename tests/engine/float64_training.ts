/**
 * The first 20 losses of each iteration in float64, by the plain reference network: what float32 engines are held
 * against, step by step.
 *
 * Run as a program it trains and writes `tests/golden/first_losses.json` anew (some ten minutes):
 * `deno run --allow-read --allow-write=tests/golden tests/engine/float64_training.ts`
 *
 * @module
 */
import { drawDataset } from "../../data/synthetic.ts";
import { augment } from "../../engine/augmentation.ts";
import { epochOrder } from "../../engine/batch_order.ts";
import type { ImageSet } from "../../engine/engine.ts";
import { initialTensors } from "../../engine/initial_weights.ts";
import { learningRateAt, momentumAt } from "../../engine/schedules.ts";
import { loadIterations } from "../../models/catalog.ts";
import { describeNetwork } from "../../models/shapes.ts";
import type { Iteration } from "../../models/types.ts";
import { referenceStep } from "./reference_network.ts";

/** Steps that are compared. */
export const STEPS = 20;
const BATCH = 128, PIXELS = 784;
/** The seed of all that is drawn. */
export const SEED = 3;
/** Iterations with a network or recipe of their own. */
export const ITERATIONS = [1, 3, 4, 5];

/** One epoch of 20 batches of synthetic digits. */
export function firstLossesData(): { train: ImageSet; test: ImageSet } {
  return drawDataset({ trainCount: STEPS * BATCH, testCount: 8 });
}

const FILE = new URL("../golden/first_losses.json", import.meta.url);

/** Mean losses of the first steps in float64, by iteration. */
export async function readFirstLosses(): Promise<Record<string, number[]>> {
  return JSON.parse(await Deno.readTextFile(FILE));
}

/** Trains the first steps of an iteration; augmentation, dropout, updates and schedules included. */
function firstLosses({ layers, training }: Iteration, data: ImageSet): number[] {
  const { tensors } = describeNetwork(layers);
  const values = Float64Array.from(initialTensors(layers, SEED));
  const first = new Float64Array(values.length), second = new Float64Array(values.length);
  const order = epochOrder(STEPS * BATCH, SEED, 1);
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const indices = order.subarray(step * BATCH, (step + 1) * BATCH);
    const images = new Uint8Array(BATCH * PIXELS);
    indices.forEach((index, n) => {
      const image = data.images.subarray(index * PIXELS, (index + 1) * PIXELS);
      const to = images.subarray(n * PIXELS, (n + 1) * PIXELS);
      augment(image, to, training.augmentation, SEED, 1, index);
    });
    const { loss, gradients, runningStatistics } = referenceStep(layers, values, {
      images,
      labels: Uint8Array.from(indices, (index) => data.labels[index]),
      indices,
      normalization: training.trainNormalization,
      seed: SEED,
      epoch: 1,
    });
    losses.push(loss);
    const learningRate = learningRateAt(training, step, STEPS), momentum = momentumAt(training, step, STEPS);
    for (const { name, offset, length } of tensors) {
      const gradient = gradients.get(name);
      if (!gradient) {
        values.set(runningStatistics.get(name)!, offset);
        continue;
      }
      for (let i = 0; i < length; i++) {
        const e = offset + i, g = gradient[i], { optimizer } = training;
        if (optimizer.kind === "sgd") {
          first[e] = momentum * first[e] + g + optimizer.weightDecay * values[e];
          values[e] -= learningRate * first[e];
        } else {
          first[e] = momentum * first[e] + (1 - momentum) * g;
          second[e] = optimizer.beta2 * second[e] + (1 - optimizer.beta2) * g * g;
          const mean = first[e] / (1 - momentum ** (step + 1));
          const square = second[e] / (1 - optimizer.beta2 ** (step + 1));
          values[e] -= learningRate * mean / (Math.sqrt(square) + optimizer.epsilon);
        }
      }
    }
  }
  return losses;
}

if (import.meta.main) {
  const { train } = firstLossesData(), losses: Record<string, number[]> = {};
  for (const iteration of await loadIterations()) {
    if (!ITERATIONS.includes(iteration.id)) continue;
    losses[iteration.id] = firstLosses(iteration, train);
    console.error(`iteration ${iteration.id}: ${losses[iteration.id].join(" ")}`);
  }
  await Deno.writeTextFile(FILE, JSON.stringify(losses, null, 2) + "\n");
}

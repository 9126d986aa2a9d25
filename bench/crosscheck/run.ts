/**
 * What is trained in a comparison of engines, step by step, and what each engine says of it.
 *
 * @module
 */
import { drawDataset } from "../../data/synthetic.ts";
import { epochOrder } from "../../engine/batch_order.ts";
import type { ImageSet, NamedTensor } from "../../engine/engine.ts";
import { initialTensors } from "../../engine/initial_weights.ts";
import type { OpenNetwork, StepPosition } from "../../engine/stepping.ts";
import { buildGraph } from "../../models/graph.ts";
import type { Iteration } from "../../models/iteration.ts";
import { TRAINING_IMAGES } from "./images.ts";

/** Evaluated after the last step. */
const TEST_IMAGES = 16;

/** A few steps of an iteration's training. */
export interface SteppedRun {
  readonly iteration: Iteration;
  /** All tensors at the start, in canonical order. */
  readonly values: Float32Array;
  readonly train: ImageSet;
  readonly test: ImageSet;
  readonly steps: readonly { readonly indices: Uint32Array; readonly position: StepPosition }[];
}

/** What an engine made of a step. */
export interface StepResult {
  /** Mean over the batch, before the update. */
  readonly loss: number;
  readonly gradients: readonly NamedTensor[];
  /** After the update. */
  readonly tensors: readonly NamedTensor[];
}

/** Plans `count` steps as a training from this seed has them. */
export function planRun(
  iteration: Iteration,
  { seed, steps: count, batchSize }: {
    readonly seed: number;
    readonly steps: number;
    readonly batchSize: number;
  },
): SteppedRun {
  const { train, test } = drawDataset({ trainCount: TRAINING_IMAGES, testCount: TEST_IMAGES });
  const stepsPerEpoch = Math.ceil(TRAINING_IMAGES / batchSize);
  const steps = Array.from({ length: count }, (_, stepNumber) => {
    const epoch = Math.floor(stepNumber / stepsPerEpoch) + 1, first = stepNumber % stepsPerEpoch * batchSize;
    const indices = epochOrder(TRAINING_IMAGES, seed, epoch).slice(first, first + batchSize);
    return { indices, position: { epoch, seed, stepNumber, stepsPerEpoch } };
  });
  return {
    iteration: { ...iteration, training: { ...iteration.training, batchSize } },
    values: initialTensors(buildGraph(iteration.layers), seed, iteration.training.initialization),
    train,
    test,
    steps,
  };
}

/** Trains the steps and says what came out of each. */
export async function trainSteps(
  open: OpenNetwork,
  { iteration, values, train, steps }: SteppedRun,
  onStep: (result: StepResult) => void,
): Promise<void> {
  const network = await open(iteration, values);
  try {
    for (const { indices, position } of steps) {
      const { loss } = await network.trainStep(train, indices, position);
      const gradients = await network.gradients(), tensors = await network.tensors();
      onStep({ loss: loss / indices.length, gradients, tensors });
    }
  } finally {
    network.close();
  }
}

/** Logits `[N,10]` of the test images with these tensors (in canonical order), in evaluation mode. */
export async function evaluate(
  open: OpenNetwork,
  { iteration, test }: SteppedRun,
  values: Float32Array,
): Promise<Float32Array> {
  const network = await open(iteration, values);
  try {
    return await network.logits(test.images);
  } finally {
    network.close();
  }
}

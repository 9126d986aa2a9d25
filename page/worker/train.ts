/**
 * A short training with the engine, on one thread: the same bits as in a terminal.
 *
 * @module
 */
import { drawDataset } from "../../data/synthetic.ts";
import { epochOrder } from "../../engine/batch_order.ts";
import type { ImageSet, NamedTensor } from "../../engine/engine.ts";
import { initialTensors } from "../../engine/initial_weights.ts";
import type { SteppedNetwork } from "../../engine/stepping.ts";
import { batches, splitTrainingSet } from "../../engine/training_set.ts";
import { openNetwork } from "../../engine/wasm/stepping.ts";
import { prefersWide } from "../../engine/wasm/tuning.ts";
import { buildGraph } from "../../models/graph.ts";
import { completeTraining } from "../../models/iteration.ts";
import type { EpochMeasures } from "../../models/recipe/schedules/mod.ts";
import type { TrainingContent } from "../content.ts";
import { evaluationWeights } from "../weights.ts";

/** What came out. */
export interface Trained {
  readonly digest: string;
  readonly testAccuracy: number;
  readonly weights: Float32Array<ArrayBuffer>;
}

/** Draws the digits, trains, evaluates; says after every step how far it is. */
export async function train(
  { iteration, seed, epochs, images }: TrainingContent,
  { onDrawing, onStep }: {
    readonly onDrawing: () => void;
    readonly onStep: (done: number, all: number) => void;
  },
): Promise<Trained> {
  onDrawing();
  const data = drawDataset({ trainCount: images.train, testCount: images.test });
  const training = completeTraining(iteration.training);
  const { trainCount } = splitTrainingSet(training, data.train.labels.length);
  const values = initialTensors(buildGraph(iteration.layers), seed, training.initialization);
  const network = openNetwork(iteration, values, { wide: await prefersWide() });
  const history: EpochMeasures[] = [];
  for (let epoch = 1, done = 0; epoch <= epochs; epoch++) {
    const steps = batches(training, epochOrder(trainCount, seed, epoch)), stepsPerEpoch = steps.length;
    let loss = 0, correct = 0, seen = 0;
    for (const [step, indices] of steps.entries()) {
      const stepNumber = (epoch - 1) * stepsPerEpoch + step;
      const position = { epoch, seed, stepNumber, stepsPerEpoch, history };
      const sums = await network.trainStep(data.train, indices, position);
      loss += sums.loss;
      correct += sums.correct;
      seen += indices.length;
      onStep(done += indices.length, epochs * trainCount);
    }
    history.push({ trainLoss: loss / seen, trainAccuracy: correct / seen });
  }
  const names = { file: "what was trained", network: `iteration ${iteration.id}` };
  return {
    ...evaluationWeights(iteration.layers, await allTensors(network), names),
    testAccuracy: await accuracy(network, data.test),
  };
}

/** What the digest is over, as the engine's workers name it. */
async function allTensors(network: SteppedNetwork): Promise<NamedTensor[]> {
  const averages = await network.averages();
  return [
    ...await network.tensors(),
    ...averages.map((tensor) => ({ ...tensor, name: `average.${tensor.name}` })),
  ];
}

async function accuracy(network: SteppedNetwork, { images, labels }: ImageSet): Promise<number> {
  const logits = await network.logits(images), classes = logits.length / labels.length;
  let correct = 0;
  labels.forEach((label, n) => {
    const own = logits.subarray(n * classes, (n + 1) * classes);
    if (own.indexOf(Math.max(...own)) === label) correct++;
  });
  return correct / labels.length;
}

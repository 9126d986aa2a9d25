/**
 * The process that runs TensorFlow.js: trains one trial at a time, or one network step by step.
 *
 * A process of its own because its packages, its permissions and its native library are nobody else's business.
 *
 * @module
 */
import { buildGraph } from "../../../models/graph.ts";
import { completeTraining } from "../../../models/iteration.ts";
import { weightsDigest } from "../../digest.ts";
import type { ImageSet, Trial, TrialEvent } from "../../engine.ts";
import { parent } from "../../child_process.ts";
import { initialTensors } from "../../initial_weights.ts";
import { checkLastBatch, splitTrainingSet } from "../../training_set.ts";
import { type Answer, type FromProcess, TENSORFLOW_BACKENDS, type ToProcess } from "../messages.ts";
import { loadBackend } from "./backend.ts";
import { type Evaluation, Trainer } from "./trainer.ts";

/** How often a running trial reports how far it is. */
const PROGRESS_MS = 200;

const { send, messages } = parent<ToProcess, FromProcess>();

/** For whatever else wants to run, such as noticing that nobody listens any more. */
const yieldToOthers = () => new Promise((resolve) => setTimeout(resolve));

/** Mean loss and accuracy of an evaluation; both null where there was none. */
function meansOf(evaluated: Evaluation | undefined): [loss: number | null, accuracy: number | null] {
  if (!evaluated) return [null, null];
  const count = evaluated.predictions.length;
  return [evaluated.loss / count, evaluated.correct / count];
}

async function train({ iteration, seed, epochs }: Trial, data: { train: ImageSet; test: ImageSet }) {
  const emit = (event: TrialEvent) => send({ type: "event", event });
  const training = completeTraining(iteration.training);
  const split = splitTrainingSet(training, data.train.labels.length);
  const heldOut = split.validationCount === 0 ? undefined : imagesFrom(data.train, split.validationStart);
  const graph = buildGraph(iteration.layers);
  checkLastBatch(graph, training, split.trainCount);
  const values = initialTensors(graph, seed, training.initialization);
  const trainer = new Trainer(iteration, values);
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const start = performance.now();
      let reported = start;
      const sums = await trainer.trainEpoch(data.train, { epoch, seed, count: split.trainCount }, {
        isDue: () => performance.now() - reported >= PROGRESS_MS,
        async onProgress(images) {
          emit({ kind: "progress", trial: 0, epoch, images });
          await yieldToOthers();
          reported = performance.now();
        },
      });
      const trained = performance.now();
      if (sums.diverged) return emit({ kind: "diverged", trial: 0, epoch });
      const trainLoss = sums.loss / sums.images, trainAccuracy = sums.correct / sums.images;
      const [validationLoss, validationAccuracy] = meansOf(heldOut && await trainer.evaluate(heldOut));
      trainer.remember({ trainLoss, trainAccuracy, validationLoss, validationAccuracy });
      // whoever holds images out must not choose by the test set: it is looked at once
      const isTested = heldOut === undefined || epoch === epochs;
      const tested = isTested ? await trainer.evaluate(data.test) : undefined;
      const [testLoss, testAccuracy] = meansOf(tested);
      const end = performance.now();
      const tensors = await trainer.tensors(), averages = await trainer.averages();
      const isFinite = [validationLoss, testLoss].every((loss) => loss === null || Number.isFinite(loss)) &&
        [...tensors, ...averages].every(({ data }) => data.every(Number.isFinite));
      if (!isFinite) return emit({ kind: "diverged", trial: 0, epoch });
      emit({
        kind: "epoch",
        trial: 0,
        result: {
          epoch,
          learningRate: sums.learningRate,
          trainLoss,
          trainAccuracy,
          validationLoss,
          validationAccuracy,
          testLoss,
          testAccuracy,
          weightsDigest: weightsDigest([...tensors, ...averages]),
          trainSeconds: (trained - start) / 1000,
          testSeconds: (end - trained) / 1000,
        },
      });
      if (epoch === epochs && tested) {
        const { predictions } = tested;
        const named = averages.map((tensor) => ({ ...tensor, name: `average.${tensor.name}` }));
        emit({ kind: "completed", trial: 0, predictions, tensors: [...tensors, ...named] });
      }
    }
  } finally {
    trainer.dispose();
  }
}

/** The last images, from this one on. */
function imagesFrom({ images, labels }: ImageSet, first: number): ImageSet {
  return { images: images.subarray(first * images.length / labels.length), labels: labels.subarray(first) };
}

let data: { train: ImageSet; test: ImageSet } | undefined;
let network: Trainer | undefined;

function opened(): Trainer {
  if (!network) throw new Error("Cannot use a network: expected an open one, got none");
  return network;
}

/** What a message is answered with. */
async function handle(message: ToProcess): Promise<Answer> {
  switch (message.type) {
    case "data":
      data = message;
      return;
    case "train":
      if (!data) throw new Error("Cannot train: expected images first, got a trial");
      await train(message.trial, data);
      return;
    case "open":
      network?.dispose();
      network = new Trainer(message.iteration, message.values);
      return;
    case "trainStep":
      opened().trainStep(message.data, message.indices, message.position);
      return await opened().takeSums();
    case "gradients":
      return await opened().gradients();
    case "tensors":
      return await opened().tensors();
    case "averages":
      return await opened().averages();
    case "logits":
      return await opened().logits(message.images);
  }
}

async function run(): Promise<void> {
  const wanted = TENSORFLOW_BACKENDS.find((backend) => backend === Deno.args[0]);
  send({ type: "ready", loaded: await loadBackend(wanted) });
  // read ahead, so that the end of the input is noticed in the middle of a training
  const waiting: ToProcess[] = [];
  let wake = () => {};
  (async () => {
    for await (const message of messages()) {
      waiting.push(message);
      wake();
    }
    Deno.exit(0);
  })();
  while (true) {
    const message = waiting.shift();
    if (!message) {
      await new Promise<void>((resolve) => wake = resolve);
      continue;
    }
    try {
      send({ type: "answer", answer: await handle(message) });
    } catch (error) {
      send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  }
}

try {
  await run();
} catch (error) {
  send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  Deno.exit(1);
}

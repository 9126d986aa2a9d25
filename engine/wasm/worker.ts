/**
 * A worker of the WebAssembly engine: keeps a trainer for each trial that it takes part in.
 *
 * @module
 */
import { weightsDigest } from "../digest.ts";
import type { EpochResult, ImageSet, NamedTensor } from "../engine.ts";
import { splitTrainingSet } from "../training_set.ts";
import { probeFeatures } from "./features.ts";
import type { FromWorker, ToWorker, TrialKey } from "./messages.ts";
import { planProgram } from "./program.ts";
import type { Team } from "./team.ts";
import { type Evaluation, instantiate, Trainer, type TrainingSums } from "./trainer.ts";
import { prefersWide } from "./tuning.ts";

type EpochMessage = ToWorker & { type: "epoch" };

const trainers = new Map<TrialKey, Trainer>();
let data: { train: ImageSet; test: ImageSet } | undefined;

function send(message: FromWorker): void {
  self.postMessage(message);
}

/** Loss and accuracy of images that the team has evaluated. */
interface Measured {
  readonly loss: number;
  readonly accuracy: number;
}

function measure({ labels }: ImageSet, { predictions, losses }: Evaluation): Measured {
  const correct = predictions.reduce((sum, digit, i) => sum + (digit === labels[i] ? 1 : 0), 0);
  return {
    loss: losses.reduce((sum, loss) => sum + loss, 0) / labels.length,
    accuracy: correct / labels.length,
  };
}

/** The images that the recipe holds out of the training set. */
function heldOut(trainer: Trainer, { images, labels }: ImageSet): ImageSet {
  const { validationStart, validationCount } = splitTrainingSet(trainer.training, labels.length);
  const pixels = images.length / labels.length, end = validationStart + validationCount;
  return {
    images: images.subarray(validationStart * pixels, end * pixels),
    labels: labels.subarray(validationStart, end),
  };
}

/** Evaluates what the recipe says: held-out images after every epoch, the test set where nothing is held out or last. */
function evaluate(
  trainer: Trainer,
  team: Team,
  { train, test }: { readonly train: ImageSet; readonly test: ImageSet },
  message: EpochMessage,
): { readonly validation: Measured | undefined; readonly test: Measured | undefined } {
  const run = (set: ImageSet, evaluation: Evaluation) => {
    trainer.evaluate(team, set, evaluation);
    return team.position === 0 ? measure(set, evaluation) : undefined;
  };
  return {
    validation: message.validation && run(heldOut(trainer, train), message.validation),
    test: message.validation && !message.last ? undefined : run(test, message.test),
  };
}

/** A step can leave the last weights beyond repair without any training loss having shown it. */
const isLost = (measured: readonly (Measured | undefined)[], tensors: readonly NamedTensor[]): boolean =>
  measured.some((each) => each && !Number.isFinite(each.loss)) ||
  tensors.some(({ data }) => data.some((value) => !Number.isFinite(value)));

function runEpoch(message: EpochMessage): void {
  const trainer = trainers.get(message.key);
  if (!trainer || !data) throw new Error("Cannot train an epoch: expected to have joined the trial");
  const { position, size, key, epoch } = message;
  const team = trainer.team(position, size);
  const start = performance.now();
  const sums: TrainingSums = trainer.trainEpoch(team, data.train, message);
  const trained = performance.now();
  if (sums.diverged) {
    send({ type: "epoch", key, result: position === 0 ? null : undefined });
    return;
  }
  const { validation, test } = evaluate(trainer, team, data, message);
  if (position !== 0) {
    send({ type: "epoch", key });
    return;
  }
  const averages = trainer.averages().map((tensor) => ({ ...tensor, name: `average.${tensor.name}` }));
  const tensors = [...trainer.tensors(), ...averages];
  const result: EpochResult = {
    epoch,
    learningRate: sums.learningRate,
    trainLoss: sums.loss / sums.images,
    trainAccuracy: sums.correct / sums.images,
    validationLoss: validation?.loss ?? null,
    validationAccuracy: validation?.accuracy ?? null,
    testLoss: test?.loss ?? null,
    testAccuracy: test?.accuracy ?? null,
    weightsDigest: weightsDigest(tensors),
    trainSeconds: (trained - start) / 1000,
    testSeconds: (performance.now() - trained) / 1000,
  };
  const lost = isLost([validation, test], tensors);
  send({ type: "epoch", key, result: lost ? null : result, tensors: message.last ? tensors : undefined });
}

function join(
  { key, iteration, seed, memory, trainCount, rank, workers, wide }: ToWorker & { type: "join" },
): void {
  const program = planProgram(iteration, { workers, trainCount, wide });
  const trainer = new Trainer(program, instantiate(program, memory), memory, rank);
  if (rank === 0) trainer.initializeFromSeed(seed);
  trainers.set(key, trainer);
}

function handle(message: ToWorker): void {
  switch (message.type) {
    case "data":
      data = { train: message.train, test: message.test };
      break;
    case "join":
      join(message);
      break;
    case "epoch":
      runEpoch(message);
      break;
    case "tune":
      prefersWide().then((wide) => send({ type: "tuned", wide }));
      break;
    case "leave":
      trainers.delete(message.key);
      break;
  }
}

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  try {
    handle(message);
  } catch (error) {
    send({
      type: "failed",
      key: "key" in message ? message.key : undefined,
      message: error instanceof Error ? error.message : String(error),
    });
  }
};

try {
  send({ type: "ready", features: probeFeatures() });
} catch (error) {
  send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
}

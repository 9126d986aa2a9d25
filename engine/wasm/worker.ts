/**
 * A worker of the WebAssembly engine: keeps a trainer for each trial that it takes part in.
 *
 * @module
 */
import { weightsDigest } from "../digest.ts";
import type { EpochResult, ImageSet } from "../engine.ts";
import { probeFeatures } from "./features.ts";
import type { FromWorker, ToWorker, TrialKey } from "./messages.ts";
import { planProgram } from "./program.ts";
import { instantiate, Trainer } from "./trainer.ts";
import { prefersWide } from "./tuning.ts";

const trainers = new Map<TrialKey, Trainer>();
let data: { train: ImageSet; test: ImageSet } | undefined;

function send(message: FromWorker): void {
  self.postMessage(message);
}

function runEpoch(message: ToWorker & { type: "epoch" }): void {
  const trainer = trainers.get(message.key);
  if (!trainer || !data) throw new Error("Cannot train an epoch: expected to have joined the trial");
  const { epoch, seed, position, size, predictions, losses, key } = message;
  const team = trainer.team(position, size);
  const start = performance.now();
  const sums = trainer.trainEpoch(team, data.train, { epoch, seed });
  const trained = performance.now();
  if (sums.diverged) {
    send({ type: "epoch", key, result: position === 0 ? null : undefined });
    return;
  }
  trainer.evaluate(team, data.test, predictions, losses);
  if (position !== 0) {
    send({ type: "epoch", key });
    return;
  }
  const trainCount = data.train.labels.length, testLabels = data.test.labels;
  const correct = predictions.reduce((sum, digit, i) => sum + (digit === testLabels[i] ? 1 : 0), 0);
  const tensors = trainer.tensors();
  const result: EpochResult = {
    epoch,
    learningRate: sums.learningRate,
    trainLoss: sums.loss / trainCount,
    trainAccuracy: sums.correct / trainCount,
    testLoss: losses.reduce((sum, loss) => sum + loss, 0) / testLabels.length,
    testAccuracy: correct / testLabels.length,
    weightsDigest: weightsDigest(tensors),
    trainSeconds: (trained - start) / 1000,
    testSeconds: (performance.now() - trained) / 1000,
  };
  // a step can leave the last weights beyond repair without any loss having shown it
  const diverged = !Number.isFinite(result.testLoss) ||
    tensors.some(({ data }) => data.some((value) => !Number.isFinite(value)));
  send({ type: "epoch", key, result: diverged ? null : result, tensors: message.last ? tensors : undefined });
}

function handle(message: ToWorker): void {
  switch (message.type) {
    case "data":
      data = { train: message.train, test: message.test };
      break;
    case "join": {
      const { iteration, workers, wide, memory, rank, seed, key } = message;
      const { batchSize } = iteration.training;
      const program = planProgram(iteration.layers, { batchSize, workers, wide });
      const trainer = new Trainer(program, iteration, instantiate(program, memory), memory, rank);
      if (rank === 0) trainer.initialize(seed);
      trainers.set(key, trainer);
      break;
    }
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

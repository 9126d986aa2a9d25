/**
 * The process that runs TensorFlow.js: trains one trial at a time, or one network step by step.
 *
 * A process of its own because its packages, its permissions and its native library are nobody else's business.
 *
 * @module
 */
import { weightsDigest } from "../../digest.ts";
import type { ImageSet, Trial, TrialEvent } from "../../engine.ts";
import { parent } from "../../child_process.ts";
import { initialTensors } from "../../initial_weights.ts";
import { type Answer, type FromProcess, TENSORFLOW_BACKENDS, type ToProcess } from "../messages.ts";
import { loadBackend } from "./backend.ts";
import { Trainer } from "./trainer.ts";

/** How often a running trial reports how far it is. */
const PROGRESS_MS = 200;

const { send, messages } = parent<ToProcess, FromProcess>();

/** For whatever else wants to run, such as noticing that nobody listens any more. */
const yieldToOthers = () => new Promise((resolve) => setTimeout(resolve));

async function train({ iteration, seed, epochs }: Trial, data: { train: ImageSet; test: ImageSet }) {
  const emit = (event: TrialEvent) => send({ type: "event", event });
  const trainer = new Trainer(iteration, initialTensors(iteration.layers, seed));
  try {
    const predictions = new Uint8Array(data.test.labels.length);
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const start = performance.now();
      let reported = start;
      const sums = await trainer.trainEpoch(data.train, { epoch, seed }, {
        isDue: () => performance.now() - reported >= PROGRESS_MS,
        async onProgress(images) {
          emit({ kind: "progress", trial: 0, epoch, images });
          await yieldToOthers();
          reported = performance.now();
        },
      });
      const trained = performance.now();
      if (sums.diverged) return emit({ kind: "diverged", trial: 0, epoch });
      const evaluated = await trainer.evaluate(data.test, predictions);
      const end = performance.now();
      const tensors = await trainer.tensors();
      emit({
        kind: "epoch",
        trial: 0,
        result: {
          epoch,
          learningRate: sums.learningRate,
          trainLoss: sums.loss / data.train.labels.length,
          trainAccuracy: sums.correct / data.train.labels.length,
          testLoss: evaluated.loss / data.test.labels.length,
          testAccuracy: evaluated.correct / data.test.labels.length,
          weightsDigest: weightsDigest(tensors),
          trainSeconds: (trained - start) / 1000,
          testSeconds: (end - trained) / 1000,
        },
      });
      if (epoch === epochs) emit({ kind: "completed", trial: 0, predictions, tensors });
    }
  } finally {
    trainer.dispose();
  }
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

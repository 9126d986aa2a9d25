/**
 * Evaluates a trained network on labelled images with the CPU engine: what training reports, without training.
 *
 * @module
 */
import { sha256Hex } from "../../engine/digest.ts";
import type { ImageSet } from "../../engine/engine.ts";
import { softmaxCrossEntropy } from "../../engine/loss.ts";
import { probeFeatures } from "../../engine/wasm/features.ts";
import { openNetwork } from "../../engine/wasm/stepping.ts";
import type { TrainedNetwork } from "../../export/trained_network.ts";
import type { Iteration } from "../../models/iteration.ts";
import { CLASS_COUNT } from "../../models/shape.ts";
import type { Confusion } from "../run/confusion.ts";

/** What a network makes of a set of images. */
export interface NetworkEvaluation {
  /** uint8 [N] */
  readonly predictions: Uint8Array;
  readonly right: number;
  /** A fraction. */
  readonly accuracy: number;
  /** Mean cross-entropy in nats; not finite where a logit is not. */
  readonly loss: number;
  readonly confusion: Confusion;
  /** SHA-256 (hex) over the predicted digits. */
  readonly predictionsDigest: string;
}

/** Evaluation keeps the memory of no more examples than this. */
const BATCH = 8;

/**
 * Logits, [N,10], of uint8 images.
 *
 * @throws {Error} If the machine lacks a WebAssembly feature; the message says which.
 */
export async function engineLogits(
  { graph, tensors }: TrainedNetwork,
  { training, ...iteration }: Iteration,
  images: Uint8Array,
): Promise<Float32Array> {
  probeFeatures();
  const values = new Float32Array(graph.length);
  for (const { name, offset } of graph.tensors) values.set(tensors.get(name)!, offset);
  // the averages have taken their parameters' place already
  const { average: _, ...recipe } = training;
  const network = await openNetwork({ ...iteration, training: { ...recipe, batchSize: BATCH } }, values);
  try {
    return await network.logits(images);
  } finally {
    network.close();
  }
}

/** Evaluates `network`, which was trained as `iteration`, on `set`. */
export async function evaluateNetwork(
  network: TrainedNetwork,
  iteration: Iteration,
  { images, labels }: ImageSet,
): Promise<NetworkEvaluation> {
  const logits = await engineLogits(network, iteration, images);
  const predictions = new Uint8Array(labels.length), result = { loss: 0, prediction: 0 };
  const confusion = Array.from({ length: CLASS_COUNT }, () => new Array<number>(CLASS_COUNT).fill(0));
  let loss = 0, right = 0;
  labels.forEach((label, image) => {
    softmaxCrossEntropy(logits, label, {
      classes: CLASS_COUNT,
      start: image * CLASS_COUNT,
      stride: 1,
      weight: 1,
      result,
    });
    loss += result.loss;
    predictions[image] = result.prediction;
    confusion[label][result.prediction]++;
    if (result.prediction === label) right++;
  });
  return {
    predictions,
    right,
    accuracy: right / labels.length,
    loss: loss / labels.length,
    confusion,
    predictionsDigest: sha256Hex(predictions),
  };
}

/**
 * Trains and evaluates one trial.
 *
 * Images go to the backend in one tensor for each batch. Sums of losses stay there until somebody asks for them, so
 * that no step waits for the one before it.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import { describeNetwork, type TensorRole, type TensorSpec } from "../../../models/shapes.ts";
import type { Iteration } from "../../../models/types.ts";
import { augment, SIDE } from "../../augmentation.ts";
import { epochOrder } from "../../batch_order.ts";
import type { ImageSet, NamedTensor } from "../../engine.ts";
import { type ExampleLoss, softmaxCrossEntropy } from "../../loss.ts";
import { learningRateAt } from "../../schedules.ts";
import type { StepPosition } from "../../stepping.ts";
import { dropoutFactors, dropoutShape } from "../dropout_factors.ts";
import { normalizationTable } from "../../normalization.ts";
import { innerShape, toInner, toOuter } from "../layout.ts";
import { countCorrect, meanCrossEntropy, Network, type TensorOf } from "./network.ts";
import { Optimizer } from "./optimizer.ts";

const PIXELS = SIDE * SIDE;
/** Images evaluated at once: one map of 28×28 with 16 channels is then 13 MB. */
const EVALUATED_AT_ONCE = 256;

/**
 * Sums are read after so many steps, whatever the time, so that they are added up in the same order in every run; a
 * training that diverged stops there.
 */
const STEPS_PER_READING = 16;

/** Sums over a batch or more. */
export interface Sums {
  readonly loss: number;
  readonly correct: number;
}

/** Sums of an epoch in training mode. */
export interface TrainingSums extends Sums {
  readonly learningRate: number;
  /** A loss was not finite: the epoch ended there, and the parameters mean nothing. */
  readonly diverged: boolean;
}

interface Slot {
  readonly spec: TensorSpec;
  readonly variable: tf.Variable;
}

export class Trainer {
  readonly #iteration: Iteration;
  readonly #network: Network;
  readonly #slots: readonly Slot[];
  readonly #parameters: readonly Slot[];
  readonly #optimizer: Optimizer;
  readonly #tensorOf: TensorOf;
  readonly #trainTable: Float32Array;
  readonly #testTable: Float32Array;
  /** Of the last step, in the order of the parameters. */
  #gradients: tf.Tensor[] = [];
  /** [2]: losses and right answers since they were last asked for. */
  #sums: tf.Tensor1D;

  /** Starts from `values`, all tensors in canonical order. */
  constructor(iteration: Iteration, values: Float32Array) {
    const { layers, training } = iteration;
    this.#iteration = iteration;
    this.#network = new Network(layers);
    this.#slots = describeNetwork(layers).tensors.map((spec) => ({
      spec,
      variable: toVariable(spec, values),
    }));
    this.#parameters = this.#slots.filter(({ variable }) => variable.trainable);
    this.#optimizer = new Optimizer(training, this.#parameters.map(({ variable }) => variable));
    const byKey = new Map(
      this.#slots.map(({ spec, variable }) => [keyOf(spec.layerIndex, spec.role), variable]),
    );
    this.#tensorOf = (layerIndex, role) => byKey.get(keyOf(layerIndex, role))!;
    this.#trainTable = normalizationTable(training.trainNormalization);
    this.#testTable = normalizationTable(training.testNormalization);
    this.#sums = tf.zeros([2]);
    this.#gradients = this.#parameters.map(({ variable }) => tf.zeros(variable.shape));
  }

  /** Every tensor, parameters first, then running statistics, in layer order. */
  tensors(): Promise<NamedTensor[]> {
    return readNamed(this.#slots.map(({ spec, variable }) => ({ spec, tensor: variable })));
  }

  /** Every parameter's gradient of the last step. */
  gradients(): Promise<NamedTensor[]> {
    return readNamed(this.#parameters.map(({ spec }, i) => ({ spec, tensor: this.#gradients[i] })));
  }

  /**
   * Trains one step on `images[indices]`; its sums wait for `takeSums`.
   *
   * @throws {Error} If there are more tensors in memory than before it.
   */
  trainStep(data: ImageSet, indices: Uint32Array, position: StepPosition): void {
    const before = tf.memory().numTensors;
    const [sums, ...gradients] = tf.tidy(() => {
      const images = this.#drawImages(data, indices, position);
      const labels = tf.tensor1d(Int32Array.from(indices, (index) => data.labels[index]), "int32");
      const factors = this.#network.dropouts.map((layer) =>
        tf.tensor(dropoutFactors(layer, indices, position), dropoutShape(layer, indices.length))
      );
      let correct = tf.scalar(0);
      const variables = this.#parameters.map(({ variable }) => variable);
      const { value: loss, grads } = tf.variableGrads(() => {
        const logits = this.#network.train(images, { tensorOf: this.#tensorOf, factors });
        correct = tf.keep(countCorrect(logits, labels));
        return meanCrossEntropy(logits, labels);
      }, variables);
      const ofBatch = tf.stack([tf.mul(loss, indices.length), correct]);
      correct.dispose();
      return [tf.add(this.#sums, ofBatch), ...variables.map(({ name }) => grads[name])];
    });
    this.#optimizer.update(gradients, position.stepNumber, position.stepsPerEpoch);
    tf.dispose([this.#sums, ...this.#gradients]);
    this.#sums = sums as tf.Tensor1D;
    this.#gradients = gradients;
    const after = tf.memory().numTensors;
    if (after !== before) {
      throw new Error(`Cannot go on training: expected ${before} tensors after the step, got ${after}`);
    }
  }

  /** Losses and right answers of the steps since this was last called. */
  async takeSums(): Promise<Sums> {
    const sums = this.#sums;
    this.#sums = tf.zeros([2]);
    const [loss, correct] = await sums.data();
    sums.dispose();
    return { loss, correct };
  }

  /**
   * Trains an epoch (1-based). `onProgress` is called with the images so far, whenever `isDue` says so.
   */
  async trainEpoch(
    data: ImageSet,
    { epoch, seed }: { readonly epoch: number; readonly seed: number },
    { isDue, onProgress }: { isDue(): boolean; onProgress(images: number): Promise<void> },
  ): Promise<TrainingSums> {
    const { training } = this.#iteration, count = data.labels.length;
    const stepsPerEpoch = Math.ceil(count / training.batchSize);
    const order = epochOrder(count, seed, epoch);
    let loss = 0, correct = 0, isFinite = true;
    for (let step = 0; step < stepsPerEpoch && isFinite; step++) {
      const first = step * training.batchSize, end = Math.min(count, first + training.batchSize);
      const stepNumber = (epoch - 1) * stepsPerEpoch + step;
      this.trainStep(data, order.subarray(first, end), { epoch, seed, stepNumber, stepsPerEpoch });
      const isLast = step === stepsPerEpoch - 1;
      if (isLast || step % STEPS_PER_READING === STEPS_PER_READING - 1) {
        const sums = await this.takeSums();
        loss += sums.loss;
        correct += sums.correct;
        isFinite = Number.isFinite(loss);
      }
      if (!isLast && isDue()) await onProgress(end);
    }
    return {
      loss,
      correct,
      learningRate: learningRateAt(training, epoch * stepsPerEpoch - 1, stepsPerEpoch),
      diverged: !isFinite,
    };
  }

  /** Evaluates `data`; writes each image's predicted class and returns the sums. */
  async evaluate(data: ImageSet, predictions: Uint8Array): Promise<Sums> {
    const logits = await this.logits(data.images), classes = logits.length / data.labels.length;
    const result: ExampleLoss = { loss: 0, prediction: 0 };
    let loss = 0, correct = 0;
    data.labels.forEach((label, n) => {
      softmaxCrossEntropy(logits, label, { classes, start: n * classes, stride: 1, weight: 1, result });
      loss += result.loss;
      predictions[n] = result.prediction;
      if (result.prediction === label) correct++;
    });
    return { loss, correct };
  }

  /** Logits `[N,10]` of uint8 images `[N,28,28]` in evaluation mode. */
  async logits(images: Uint8Array): Promise<Float32Array> {
    const parts: Float32Array[] = [], size = EVALUATED_AT_ONCE * PIXELS;
    for (let first = 0; first < images.length; first += size) {
      const pixels = images.subarray(first, first + size);
      const logits = tf.tidy(() => {
        const input = Float32Array.from(pixels, (pixel) => this.#testTable[pixel]);
        const batch = tf.tensor4d(input, [pixels.length / PIXELS, SIDE, SIDE, 1]);
        return this.#network.evaluate(batch, this.#tensorOf);
      });
      parts.push(await logits.data() as Float32Array);
      logits.dispose();
    }
    const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    parts.reduce((at, part) => {
      out.set(part, at);
      return at + part.length;
    }, 0);
    return out;
  }

  dispose(): void {
    this.#optimizer.dispose();
    tf.dispose([this.#sums, ...this.#gradients, ...this.#slots.map(({ variable }) => variable)]);
  }

  /** The batch's augmented images [N,28,28,1]. */
  #drawImages({ images }: ImageSet, indices: Uint32Array, { seed, epoch }: StepPosition): tf.Tensor4D {
    const { augmentation } = this.#iteration.training;
    const image = new Uint8Array(PIXELS), input = new Float32Array(indices.length * PIXELS);
    indices.forEach((index, n) => {
      const original = images.subarray(index * PIXELS, (index + 1) * PIXELS);
      augment(original, image, augmentation, seed, epoch, index);
      for (let pixel = 0; pixel < PIXELS; pixel++) input[n * PIXELS + pixel] = this.#trainTable[image[pixel]];
    });
    return tf.tensor4d(input, [indices.length, SIDE, SIDE, 1]);
  }
}

function keyOf(layerIndex: number, role: TensorRole): string {
  return `${layerIndex}.${role}`;
}

function toVariable(spec: TensorSpec, values: Float32Array): tf.Variable {
  const { offset, length, role } = spec;
  const inner = toInner(spec, values.subarray(offset, offset + length));
  const isTrained = role !== "runningMean" && role !== "runningVariance";
  return tf.tidy(() => tf.variable(tf.tensor(inner, innerShape(spec)), isTrained));
}

function readNamed(
  tensors: readonly { readonly spec: TensorSpec; readonly tensor: tf.Tensor }[],
): Promise<NamedTensor[]> {
  return Promise.all(tensors.map(async ({ spec, tensor }) => ({
    name: spec.name,
    shape: spec.shape,
    data: toOuter(spec, await tensor.data() as Float32Array),
  })));
}

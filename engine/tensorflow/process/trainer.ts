/**
 * Trains and evaluates one trial.
 *
 * Images go to the backend in one tensor for each batch. Sums of losses stay there until somebody asks for them, so
 * that no step waits for the one before it.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import { buildGraph, type Graph, type TensorSpec } from "../../../models/graph.ts";
import { type CompletedTraining, completeTraining, type Iteration } from "../../../models/iteration.ts";
import type { EpochMeasures } from "../../../models/recipe/schedules/mod.ts";
import { augment } from "../../augmentation.ts";
import { PIXELS, SIDE } from "../../augmentations/image.ts";
import { epochOrder } from "../../batch_order.ts";
import type { ImageSet, NamedTensor } from "../../engine.ts";
import { type ExampleLoss, softmaxCrossEntropy } from "../../loss.ts";
import { normalizationTable } from "../../normalization.ts";
import { learningRateAt } from "../../rates.ts";
import type { StepPosition } from "../../stepping.ts";
import { batches } from "../../training_set.ts";
import { dropoutFactors, type DropoutLayer, dropoutShape } from "../dropout_factors.ts";
import { innerShape, toInner, toOuter } from "../layout.ts";
import { ParameterAverage } from "./average.ts";
import { countCorrect, meanCrossEntropy } from "./loss.ts";
import { dropoutsOf, forward, type NodeTensors, tensorsOfNodes } from "./network.ts";
import { Optimizer, prepareGradients, type Slot } from "./optimizer.ts";

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
  /** Trained on. */
  readonly images: number;
  readonly learningRate: number;
  /** A loss was not finite: the epoch ended there, and the parameters mean nothing. */
  readonly diverged: boolean;
}

/** What evaluation says of images. */
export interface Evaluation extends Sums {
  /** uint8 [N]: each image's predicted class. */
  readonly predictions: Uint8Array;
}

export class Trainer {
  readonly #training: CompletedTraining;
  readonly #graph: Graph;
  readonly #dropouts: readonly DropoutLayer[];
  readonly #slots: readonly Slot[];
  readonly #parameters: readonly Slot[];
  readonly #optimizer: Optimizer;
  readonly #average: ParameterAverage | undefined;
  readonly #trained: NodeTensors;
  readonly #evaluated: NodeTensors;
  readonly #trainTable: Float32Array;
  readonly #testTable: Float32Array;
  /** What each epoch measured, for schedules that look back. */
  readonly #history: EpochMeasures[] = [];
  /** Of the last step, in the order of the parameters. */
  #gradients: readonly tf.Tensor[] = [];
  /** [2]: losses and right answers since they were last asked for. */
  #sums: tf.Tensor1D;

  /** Starts from `values`, all tensors in canonical order. */
  constructor(iteration: Iteration, values: Float32Array) {
    const training = completeTraining(iteration.training), graph = buildGraph(iteration.layers);
    this.#training = training;
    this.#graph = graph;
    this.#dropouts = dropoutsOf(graph);
    this.#slots = graph.tensors.map((spec) => ({ spec, variable: toVariable(spec, values) }));
    this.#parameters = this.#slots.filter(({ spec }) => spec.trained);
    this.#optimizer = new Optimizer(training, this.#parameters);
    this.#average = training.average && new ParameterAverage(this.#parameters, training.average.decay);
    this.#trained = tensorsOfNodes(graph, ({ index }) => this.#slots[index].variable);
    this.#evaluated = tensorsOfNodes(
      graph,
      (spec) => this.#average?.variableOf(spec) ?? this.#slots[spec.index].variable,
    );
    this.#trainTable = normalizationTable(training.trainNormalization);
    this.#testTable = normalizationTable(training.testNormalization);
    this.#sums = tf.zeros([2]);
    this.#gradients = this.#parameters.map(({ variable }) => tf.zeros(variable.shape));
  }

  /** Every tensor, parameters first, then running statistics, in layer order. */
  tensors(): Promise<NamedTensor[]> {
    return readNamed(this.#slots.map(({ spec, variable }) => ({ spec, tensor: variable })));
  }

  /** Moving averages of the parameters, in the order of these; none where the recipe has none. */
  averages(): Promise<NamedTensor[]> {
    const slots = this.#average?.slots ?? [];
    return readNamed(slots.map(({ spec, variable }) => ({ spec, tensor: variable })));
  }

  /** Every parameter's gradient of the last step, as the optimizer took it. */
  gradients(): Promise<NamedTensor[]> {
    return readNamed(this.#parameters.map(({ spec }, i) => ({ spec, tensor: this.#gradients[i] })));
  }

  /** Tells the schedules of later epochs what an epoch measured. */
  remember(measures: EpochMeasures): void {
    this.#history.push(measures);
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
      const factors = this.#dropouts.map((layer) =>
        tf.tensor(dropoutFactors(layer, indices, position), dropoutShape(layer, indices.length))
      );
      let correct = tf.scalar(0);
      const variables = this.#parameters.map(({ variable }) => variable);
      const { value: loss, grads } = tf.variableGrads(() => {
        const logits = forward(this.#graph, images, { tensors: this.#trained, factors });
        correct = tf.keep(countCorrect(logits, labels));
        return meanCrossEntropy(logits, labels, this.#training.labelSmoothing);
      }, variables);
      const ofBatch = tf.stack([tf.mul(loss, indices.length), correct]);
      correct.dispose();
      const derived = variables.map(({ name }) => grads[name]);
      return [tf.add(this.#sums, ofBatch), ...prepareGradients(derived, variables, this.#training)];
    });
    this.#optimizer.update(gradients, position, position.history ?? this.#history);
    this.#average?.move();
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
   * Trains an epoch (1-based) on the first `count` images. `onProgress` is called with the images so far, whenever
   * `isDue` says so.
   */
  async trainEpoch(
    data: ImageSet,
    { epoch, seed, count }: { readonly epoch: number; readonly seed: number; readonly count: number },
    { isDue, onProgress }: { isDue(): boolean; onProgress(images: number): Promise<void> },
  ): Promise<TrainingSums> {
    const steps = batches(this.#training, epochOrder(count, seed, epoch)), stepsPerEpoch = steps.length;
    let loss = 0, correct = 0, images = 0, isFinite = true;
    for (let step = 0; step < stepsPerEpoch && isFinite; step++) {
      const stepNumber = (epoch - 1) * stepsPerEpoch + step;
      this.trainStep(data, steps[step], { epoch, seed, stepNumber, stepsPerEpoch });
      images += steps[step].length;
      const isLast = step === stepsPerEpoch - 1;
      if (isLast || step % STEPS_PER_READING === STEPS_PER_READING - 1) {
        const sums = await this.takeSums();
        loss += sums.loss;
        correct += sums.correct;
        isFinite = Number.isFinite(loss);
      }
      if (!isLast && isDue()) await onProgress(images);
    }
    return {
      loss,
      correct,
      images,
      learningRate: learningRateAt(this.#training, epoch * stepsPerEpoch - 1, stepsPerEpoch, this.#history),
      diverged: !isFinite,
    };
  }

  /** Evaluates `data`. */
  async evaluate(data: ImageSet): Promise<Evaluation> {
    const logits = await this.logits(data.images), classes = logits.length / data.labels.length;
    const result: ExampleLoss = { loss: 0, prediction: 0 }, predictions = new Uint8Array(data.labels.length);
    let loss = 0, correct = 0;
    data.labels.forEach((label, n) => {
      softmaxCrossEntropy(logits, label, { classes, start: n * classes, stride: 1, weight: 1, result });
      loss += result.loss;
      predictions[n] = result.prediction;
      if (result.prediction === label) correct++;
    });
    return { loss, correct, predictions };
  }

  /** Logits `[N,10]` of uint8 images `[N,28,28]` in evaluation mode, from the averages where there are some. */
  async logits(images: Uint8Array): Promise<Float32Array> {
    const parts: Float32Array[] = [], size = EVALUATED_AT_ONCE * PIXELS;
    for (let first = 0; first < images.length; first += size) {
      const pixels = images.subarray(first, first + size);
      const logits = tf.tidy(() => {
        const input = Float32Array.from(pixels, (pixel) => this.#testTable[pixel]);
        const batch = tf.tensor4d(input, [pixels.length / PIXELS, SIDE, SIDE, 1]);
        return forward(this.#graph, batch, { tensors: this.#evaluated });
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
    this.#average?.dispose();
    tf.dispose([this.#sums, ...this.#gradients, ...this.#slots.map(({ variable }) => variable)]);
  }

  /** The batch's augmented images [N,28,28,1]. */
  #drawImages({ images }: ImageSet, indices: Uint32Array, { seed, epoch }: StepPosition): tf.Tensor4D {
    const { augmentation } = this.#training;
    const image = new Uint8Array(PIXELS), input = new Float32Array(indices.length * PIXELS);
    indices.forEach((index, n) => {
      const original = images.subarray(index * PIXELS, (index + 1) * PIXELS);
      augment(original, image, augmentation, seed, epoch, index);
      for (let pixel = 0; pixel < PIXELS; pixel++) input[n * PIXELS + pixel] = this.#trainTable[image[pixel]];
    });
    return tf.tensor4d(input, [indices.length, SIDE, SIDE, 1]);
  }
}

function toVariable(spec: TensorSpec, values: Float32Array): tf.Variable {
  const { offset, length, trained } = spec;
  const inner = toInner(spec, values.subarray(offset, offset + length));
  return tf.tidy(() => tf.variable(tf.tensor(inner, innerShape(spec)), trained));
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

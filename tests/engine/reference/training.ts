/**
 * The reference network trained in float64, recipe and all: what float32 engines are held against step by step.
 *
 * @module
 */
import { augment } from "../../../engine/augmentation.ts";
import type { ImageSet, NamedTensor } from "../../../engine/engine.ts";
import { optimizerRule } from "../../../engine/optimizers/mod.ts";
import { learningRateAt, momentumAt } from "../../../engine/rates.ts";
import type { SteppedNetwork, StepPosition } from "../../../engine/stepping.ts";
import { buildGraph, type Graph, type TensorSpec } from "../../../models/graph.ts";
import { type CompletedTraining, completeTraining, type Iteration } from "../../../models/iteration.ts";
import { cancelledBiases } from "../../../models/cancelled_biases.ts";
import { float64Arithmetic } from "../float64_arithmetic.ts";
import { type Computing, referenceLogits, referenceStep } from "./network.ts";

const PIXELS = 784;

/** Keeps a clipped gradient of 0 finite; PyTorch's `clip_grad_norm_`. */
const CLIP_EPSILON = 1e-6;

/** A tensor in float64. */
export interface Float64Tensor extends Pick<NamedTensor, "name" | "shape"> {
  readonly data: Float64Array;
}

/** A network that is trained in float64: forward, backward and update. */
export class ReferenceTraining {
  readonly #graph: Graph;
  readonly #training: CompletedTraining;
  readonly #values: Float64Array;
  readonly #gradient: Float64Array;
  readonly #average: Float64Array;
  /** Of each trained element, by the optimizer's names. */
  readonly #states: Record<string, number>[];
  readonly #cancelled: ReturnType<typeof cancelledBiases>;
  readonly #computing: Computing;

  constructor({ layers, training }: Iteration, start: ArrayLike<number>, computing: Computing = {}) {
    this.#computing = computing;
    this.#graph = buildGraph(layers);
    this.#training = completeTraining(training);
    this.#values = Float64Array.from(start);
    const { parameterCount } = this.#graph, { optimizer } = this.#training;
    this.#gradient = new Float64Array(parameterCount);
    this.#average = this.#values.slice(0, parameterCount);
    const { state } = optimizerRule(optimizer);
    this.#states = Array.from(
      { length: parameterCount },
      () => Object.fromEntries(state.map((name) => [name, 0])),
    );
    this.#cancelled = cancelledBiases(this.#graph);
  }

  /** One update; the sums over the batch before it. */
  trainStep(
    data: ImageSet,
    indices: Uint32Array,
    position: StepPosition,
  ): { readonly loss: number; readonly correct: number } {
    const { epoch, seed } = position, training = this.#training;
    const images = new Uint8Array(indices.length * PIXELS);
    indices.forEach((index, n) => {
      const image = images.subarray(n * PIXELS, (n + 1) * PIXELS);
      const original = data.images.subarray(index * PIXELS, (index + 1) * PIXELS);
      augment(original, image, training.augmentation, seed, epoch, index);
    });
    const step = referenceStep(this.#graph, this.#values, {
      images,
      labels: Uint8Array.from(indices, (index) => data.labels[index]),
      indices,
      normalization: training.trainNormalization,
      labelSmoothing: training.labelSmoothing,
      seed,
      epoch,
    }, this.#computing);
    for (const { name, trained, offset, length } of this.#graph.tensors) {
      if (!trained) this.#values.set(step.runningStatistics.get(name)!, offset);
      // what is left in float64 is noise that Adam would make steps of
      else if (this.#cancelled.has(name)) this.#gradient.fill(0, offset, offset + length);
      else this.#gradient.set(step.gradients.get(name)!, offset);
    }
    this.#regularize();
    this.#update(position);
    return { loss: step.loss * indices.length, correct: step.correct };
  }

  /** The L1 term, then clipping. */
  #regularize(): void {
    const { l1, clipNorm } = this.#training, gradient = this.#gradient;
    if (l1 > 0) gradient.forEach((g, i) => gradient[i] = g + l1 * Math.sign(this.#values[i]));
    if (clipNorm === undefined) return;
    const scale = Math.min(1, clipNorm / (Math.hypot(...gradient) + CLIP_EPSILON));
    gradient.forEach((g, i) => gradient[i] = g * scale);
  }

  #update({ stepNumber, stepsPerEpoch, history }: StepPosition): void {
    const { optimizer, average } = this.#training, rule = optimizerRule(optimizer);
    const scalars = rule.scalarsAt(optimizer, {
      learningRate: learningRateAt(this.#training, stepNumber, stepsPerEpoch, history),
      momentum: momentumAt(this.#training, stepNumber, stepsPerEpoch, history),
      step: stepNumber,
    });
    const isDecayed = ({ group }: TensorSpec) =>
      optimizer.decayNormAndBias || group !== "norm" && group !== "bias";
    for (const spec of this.#graph.tensors.filter(({ trained }) => trained)) {
      const own = isDecayed(spec) ? scalars : { ...scalars, weightDecay: 0 };
      for (let i = spec.offset; i < spec.offset + spec.length; i++) {
        const { parameter, state } = rule.update(
          float64Arithmetic,
          { parameter: this.#values[i], gradient: this.#gradient[i], state: this.#states[i], scalars: own },
          optimizer,
        );
        this.#values[i] = parameter;
        this.#states[i] = state;
        if (average) {
          this.#average[i] = average.decay * this.#average[i] + (1 - average.decay) * parameter;
        }
      }
    }
  }

  #named(values: Float64Array): Float64Tensor[] {
    return this.#graph.tensors.filter(({ offset }) => offset < values.length).map((
      { name, shape, offset, length },
    ) => ({ name, shape, data: values.slice(offset, offset + length) }));
  }

  gradients(): Float64Tensor[] {
    return this.#named(this.#gradient);
  }

  tensors(): Float64Tensor[] {
    return this.#named(this.#values);
  }

  averages(): Float64Tensor[] {
    return this.#training.average ? this.#named(this.#average) : [];
  }

  logits(images: Uint8Array): Float64Array {
    const { average, testNormalization } = this.#training, values = this.#values.slice();
    if (average) values.set(this.#average);
    return referenceLogits(this.#graph, values, images, testNormalization, this.#computing);
  }

  /** Goes on from float32 values, as an engine does. */
  round(): void {
    for (const values of [this.#values, this.#gradient, this.#average]) values.set(values.map(Math.fround));
    for (const state of this.#states) {
      for (const name of Object.keys(state)) state[name] = Math.fround(state[name]);
    }
  }

  close(): void {}
}

const rounded = (tensors: readonly Float64Tensor[]): NamedTensor[] =>
  tensors.map((tensor) => ({ ...tensor, data: Float32Array.from(tensor.data) }));

/** The same as engines open theirs; what is kept from step to step is rounded to float32 too where that is asked for. */
export function openReference(
  iteration: Iteration,
  start: Float32Array,
  { round = false, ...computing }: Computing & { readonly round?: boolean } = {},
): SteppedNetwork {
  const training = new ReferenceTraining(iteration, start, computing);
  return {
    trainStep(data, indices, position) {
      const sums = training.trainStep(data, indices, position);
      if (round) training.round();
      return sums;
    },
    gradients: () => rounded(training.gradients()),
    tensors: () => rounded(training.tensors()),
    averages: () => rounded(training.averages()),
    logits: (images) => Float32Array.from(training.logits(images)),
    close: () => {},
  };
}

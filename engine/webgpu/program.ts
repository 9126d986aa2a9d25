/**
 * What a GPU has to do for one step of training or evaluation: a network as buffers and kernels, in order.
 *
 * A program is plain data and needs no device, so what a step costs can be counted and its WGSL read anywhere.
 *
 * @module
 */
import { describeNetwork, type Network, type TensorSpec } from "../../models/shapes.ts";
import type { Iteration, Layer } from "../../models/iteration.ts";
import {
  type Activation,
  activationGradientKernel,
  activationKernel,
  activationSumsKernel,
  gradientThroughNorm,
  type ImageConvolution,
  normParts,
} from "./activation.ts";
import { evaluationCoefficientsKernel, momentsKernel, type Strides } from "./batch_norm.ts";
import {
  blocksOf,
  type Convolution,
  convolutionKernel,
  inputGradientOf,
  packedWeights,
  tiling,
} from "./conv2d.ts";
import { type DrawnDropout, dropoutKernel } from "./dropout.ts";
import { filterBlocks, filterGradientKernel } from "./filter_gradient.ts";
import { exampleWords, inputKernel, lookupTable } from "./input.ts";
import type { Kernel } from "./kernel.ts";
import { laneCount, product } from "./layout.ts";
import { lossKernel } from "./loss.ts";
import { optimizerKernel, type ParameterRecord } from "./optimizer.ts";
import {
  averagePoolGradientKernel,
  averagePoolKernel,
  maxPoolGradientKernel,
  maxPoolKernel,
  type Pool,
} from "./pools.ts";

/** A buffer of a program, in words of four bytes. */
export interface BufferPlan {
  readonly name: string;
  readonly words: number;
  /** Whether each trial has its own. */
  readonly perTrial: boolean;
}

/** Sizes of the data that a program trains on. */
export interface DataSizes {
  readonly trainCount: number;
  readonly testCount: number;
}

/** A network with its recipe as a GPU runs it. */
export interface Program {
  readonly network: Network;
  readonly lanes: number;
  readonly batchSize: number;
  readonly classes: number;
  /** The buffer of the logits, [T,classes,N]. */
  readonly logits: string;
  readonly buffers: readonly BufferPlan[];
  /** One step of training. */
  readonly train: readonly Kernel[];
  /** Once before evaluation. */
  readonly beforeEvaluation: readonly Kernel[];
  /** One batch of evaluation. */
  readonly evaluate: readonly Kernel[];
  readonly records: readonly ParameterRecord[];
  readonly trainTable: Uint32Array<ArrayBuffer>;
  readonly testTable: Uint32Array<ArrayBuffer>;
  readonly stepsPerEpoch: number;
  readonly evaluationSteps: number;
}

/** The kernels of an operation. */
interface Operation {
  readonly forward: readonly Kernel[];
  /** Where evaluation differs. */
  readonly evaluate?: readonly Kernel[];
  readonly backward: readonly Kernel[];
  readonly beforeEvaluation?: readonly Kernel[];
}

/** Hands out places in a buffer that layers share. */
class Space {
  used = 0;
  take(count: number): number {
    const at = this.used;
    this.used += count;
    return at;
  }
}

/** Values that flow between operations: the buffer and its shape. */
interface Value {
  readonly name: string;
  readonly shape: readonly number[];
}

const gradientOf = (value: Value): string => `d_${value.name}`;

class Planner {
  readonly network: Network;
  readonly lanes: number;
  readonly buffers: BufferPlan[] = [];
  readonly operations: Operation[] = [];
  readonly records: ParameterRecord[] = [];
  readonly packed = new Space();
  readonly partials = new Space();
  readonly coefficients = new Space();
  /** Filled in before any kernel is written, since kernels build them in. */
  strides!: Strides;
  private dropouts = 0;
  private learning = false;

  constructor(private readonly layers: readonly Layer[], batchSize: number) {
    this.network = describeNetwork(layers);
    this.lanes = laneCount(batchSize);
  }

  /** Plans all operations; returns the logits. Kernels are written by `write`, when all places are known. */
  plan(): { logits: Value; write: () => Operation[] } {
    const writers: (() => Operation)[] = [];
    let value = this.value("input", this.network.layers[0].input);
    for (let index = 0; index < this.layers.length;) {
      const { taken, output, write } = this.operation(index, value);
      writers.push(write);
      value = output;
      index += taken;
    }
    this.strides = {
      parameters: this.network.parameterCount,
      running: this.network.length - this.network.parameterCount,
      coefficients: this.coefficients.used,
    };
    return { logits: value, write: () => writers.map((write) => write()) };
  }

  private value(name: string, shape: readonly number[]): Value {
    this.buffer(name, product(shape) * this.lanes);
    return { name, shape };
  }

  private buffer(name: string, words: number): string {
    this.buffers.push({ name, words, perTrial: true });
    return name;
  }

  /** The gradient's buffer of a value that some parameter's gradient needs. */
  private gradient(value: Value): string {
    const name = gradientOf(value);
    if (!this.buffers.some((buffer) => buffer.name === name)) {
      this.buffer(name, product(value.shape) * this.lanes);
    }
    return name;
  }

  private operation(
    index: number,
    input: Value,
  ): { taken: number; output: Value; write: () => Operation } {
    const { layer, output: shape } = this.network.layers[index];
    switch (layer.kind) {
      case "conv":
        return this.convolution(index, layer, input);
      case "linear":
        return this.linear(index, layer, input);
      case "flatten":
        return {
          taken: 1,
          output: { name: input.name, shape },
          write: () => ({ forward: [], backward: [] }),
        };
      case "maxPool": {
        const output = this.value(`value${index + 1}`, shape);
        const pool = this.pool(index, input, output);
        const back = this.learning
          ? { size: layer.size, dInput: this.gradient(input), dOutput: this.gradient(output) }
          : undefined;
        return {
          taken: 1,
          output,
          write: () => ({
            forward: [maxPoolKernel(pool, layer.size)],
            backward: back ? [maxPoolGradientKernel({ ...pool, label: `${pool.label} gradient` }, back)] : [],
          }),
        };
      }
      case "globalAveragePool": {
        const output = this.value(`value${index + 1}`, shape);
        const pool = this.pool(index, input, output);
        const back: Pool | undefined = this.learning
          ? {
            ...pool,
            label: `${pool.label} gradient`,
            input: this.gradient(input),
            output: this.gradient(output),
          }
          : undefined;
        return {
          taken: 1,
          output,
          write: () => ({
            forward: [averagePoolKernel(pool)],
            backward: back ? [averagePoolGradientKernel(back)] : [],
          }),
        };
      }
      case "dropout":
      case "channelDropout": {
        const output = this.value(`value${index + 1}`, shape);
        const options = {
          label: `${index + 1} ${layer.kind}`,
          dropout: this.drawn(layer.p),
          elements: product(shape),
          channelMap: layer.kind === "channelDropout" ? shape[1] * shape[2] : undefined,
          lanes: this.lanes,
        };
        const back = this.learning ? { from: this.gradient(output), to: this.gradient(input) } : undefined;
        return {
          taken: 1,
          output,
          write: () => ({
            forward: [dropoutKernel({ ...options, from: input.name, to: output.name })],
            backward: back
              ? [dropoutKernel({ ...options, label: `${options.label} gradient`, ...back })]
              : [],
          }),
        };
      }
    }
  }

  private pool(index: number, input: Value, output: Value): Pool {
    return {
      label: `${index + 1} ${this.layers[index].kind}`,
      lanes: this.lanes,
      shape: input.shape,
      input: input.name,
      output: output.name,
    };
  }

  private drawn(p: number): DrawnDropout {
    return { p, ordinal: this.dropouts++ };
  }

  private tensor(index: number, role: TensorSpec["role"]): TensorSpec {
    return this.network.tensors.find((spec) => spec.layerIndex === index && spec.role === role)!;
  }

  /** Where a layer's weights are packed and their gradient's parts lie; notes each weight's record. */
  private weights(index: number, role: "convWeight" | "linearWeight", shape: Convolution, back: boolean) {
    const { inChannels, outChannels, kernel } = shape, taps = kernel * kernel;
    const tensor = this.tensor(index, role);
    const { parts } = filterBlocks(shape, this.lanes);
    const forward = this.packed.take(packedWeights(shape));
    const backward = back ? this.packed.take(packedWeights(inputGradientOf(shape))) : undefined;
    const partialAt = this.partials.take(parts * tensor.length);
    for (let e = 0; e < tensor.length; e++) {
      const tap = e % taps, c = Math.floor(e / taps) % inChannels, k = Math.floor(e / taps / inChannels);
      const place = (block: number, other: number, others: number, at: number, component: number) =>
        ((block * others + other) * taps + at) * 4 + component;
      this.records[tensor.offset + e] = {
        partialAt: partialAt + e,
        partialStride: tensor.length,
        parts,
        forwardAt: forward * 4 + place(k >> 2, c, inChannels, tap, k & 3),
        // turned by half a turn
        backwardAt: backward === undefined
          ? undefined
          : backward * 4 + place(c >> 2, k, outChannels, taps - 1 - tap, c & 3),
      };
    }
    return { forward, backward, partialAt, parts };
  }

  private convolution(
    index: number,
    layer: Layer & { kind: "conv" },
    input: Value,
  ): { taken: number; output: Value; write: () => Operation } {
    const { lanes, layers } = this;
    const [inChannels, height, width] = input.shape;
    const [outChannels, outHeight, outWidth] = this.network.layers[index].output;
    const shape: Convolution = {
      inChannels,
      height,
      width,
      outChannels,
      outHeight,
      outWidth,
      kernel: layer.kernel,
      padding: layer.padding ?? 0,
    };
    // a max-pool and a dropout that follow are done in the same pass
    let taken = 1, pool = 1, dropout: DrawnDropout | undefined;
    let next = layers[index + taken];
    if (next?.kind === "maxPool") {
      pool = next.size;
      next = layers[index + ++taken];
    }
    if (next?.kind === "dropout") {
      dropout = this.drawn(next.p);
      taken++;
    }
    const back = this.learning;
    if (back) this.gradient(input);
    this.learning = true;

    // a convolution of the image costs less to compute again than to store, where its window fits in registers
    const again = !back && inChannels === 1 && layer.kernel <= 5 && pool === 1 && dropout === undefined;
    const z = again ? "" : this.buffer(`z${index + 1}`, outChannels * outHeight * outWidth * lanes);
    const sums = this.buffer(`tileSums${index + 1}`, 2 * outChannels * tiling(shape).count * lanes);
    const output = this.value(`value${index + taken}`, this.network.layers[index + taken - 1].output);
    const dOutput = this.gradient(output);
    const { forward, backward, partialAt } = this.weights(index, "convWeight", shape, back);
    const offset = (role: TensorSpec["role"]) => this.tensor(index, role).offset;
    const norm = {
      channels: outChannels,
      weightAt: offset("normWeight"),
      biasAt: offset("normBias"),
      convBiasAt: offset("convBias"),
      meanAt: offset("runningMean") - this.network.parameterCount,
      varianceAt: offset("runningVariance") - this.network.parameterCount,
      coefficientsAt: this.coefficients.take(outChannels),
    };
    const parts = normParts({ height: outHeight, width: outWidth, lanes });
    const normWeightAt = this.partials.take(parts * outChannels);
    const normBiasAt = this.partials.take(parts * outChannels);
    for (let k = 0; k < outChannels; k++) {
      const record = { partialStride: outChannels, parts };
      this.records[norm.weightAt + k] = { ...record, partialAt: normWeightAt + k };
      this.records[norm.biasAt + k] = { ...record, partialAt: normBiasAt + k };
      // batch norm takes the bias out again: its gradient is zero
      this.records[norm.convBiasAt + k] = { partialAt: 0, partialStride: 0, parts: 0 };
    }

    const label = `${index + 1} conv`;
    return {
      taken,
      output,
      write: () => {
        const weights = { buffer: "packed", stride: this.packed.used };
        const partial = { buffer: "partials", stride: this.partials.used };
        const image: ImageConvolution | undefined = again
          ? { shape, input: input.name, weights: { ...weights, at: forward } }
          : undefined;
        const activation: Activation = {
          label,
          image,
          lanes,
          height: outHeight,
          width: outWidth,
          pool,
          dropout,
          norm,
          strides: this.strides,
          z,
          output: output.name,
          dOutput,
          partial: { ...partial, weightAt: normWeightAt, biasAt: normBiasAt },
        };
        const convolution = { shape, lanes, input: input.name, weights: { ...weights, at: forward } };
        const convolve = convolutionKernel({
          ...convolution,
          ...(image ? { label: `${label} sums` } : { label, output: z }),
          sums,
        });
        const activate = image
          ? convolutionKernel({
            ...convolution,
            label,
            output: output.name,
            normalize: { stride: this.strides.coefficients, at: norm.coefficientsAt },
          })
          : activationKernel(activation);
        const filterGradient = { label: `${label} filter gradient`, shape, lanes, input: input.name };
        const partialHere = { ...partial, at: partialAt };
        return {
          forward: [
            convolve,
            momentsKernel({
              label: `${label} moments`,
              shape,
              lanes,
              norm,
              strides: this.strides,
              sums,
            }),
            activate,
          ],
          evaluate: image ? [activate] : [convolve, activate],
          beforeEvaluation: [
            evaluationCoefficientsKernel(`${label} evaluation coefficients`, norm, this.strides),
          ],
          backward: [
            activationSumsKernel(activation),
            ...(image
              ? [filterGradientKernel({
                ...filterGradient,
                dOutput,
                through: gradientThroughNorm(activation, image),
                partial: partialHere,
              })]
              : [
                activationGradientKernel(activation),
                filterGradientKernel({ ...filterGradient, dOutput: z, partial: partialHere }),
              ]),
            ...(backward === undefined ? [] : [convolutionKernel({
              label: `${label} input gradient`,
              shape: inputGradientOf(shape),
              lanes,
              input: z,
              output: gradientOf(input),
              weights: { ...weights, at: backward },
            })]),
          ],
        };
      },
    };
  }

  private linear(
    index: number,
    layer: Layer & { kind: "linear" },
    input: Value,
  ): { taken: number; output: Value; write: () => Operation } {
    const { lanes } = this;
    const shape: Convolution = {
      inChannels: input.shape[0],
      height: 1,
      width: 1,
      outChannels: layer.out,
      outHeight: 1,
      outWidth: 1,
      kernel: 1,
      padding: 0,
    };
    const back = this.learning;
    if (back) this.gradient(input);
    this.learning = true;
    const output = this.value(`value${index + 1}`, [layer.out]);
    const dOutput = this.gradient(output);
    const { forward, backward, partialAt, parts } = this.weights(index, "linearWeight", shape, back);
    const bias = this.tensor(index, "linearBias");
    const biasAt = this.packed.take(blocksOf(layer.out));
    const biasPartialAt = this.partials.take(parts * layer.out);
    for (let k = 0; k < layer.out; k++) {
      this.records[bias.offset + k] = {
        partialAt: biasPartialAt + k,
        partialStride: layer.out,
        parts,
        forwardAt: biasAt * 4 + k,
      };
    }
    const label = `${index + 1} linear`;
    return {
      taken: 1,
      output,
      write: () => {
        const weights = { buffer: "packed", stride: this.packed.used };
        const partial = { buffer: "partials", stride: this.partials.used, at: partialAt };
        return {
          forward: [convolutionKernel({
            label,
            shape,
            lanes,
            input: input.name,
            output: output.name,
            weights: { ...weights, at: forward },
            biasAt,
          })],
          backward: [
            filterGradientKernel({
              label: `${label} filter gradient`,
              shape,
              lanes,
              input: input.name,
              dOutput,
              partial,
              biasPartialAt,
            }),
            ...(backward === undefined ? [] : [convolutionKernel({
              label: `${label} input gradient`,
              shape: inputGradientOf(shape),
              lanes,
              input: dOutput,
              output: gradientOf(input),
              weights: { ...weights, at: backward },
            })]),
          ],
        };
      },
    };
  }
}

/** Four uint8 a word. */
const byteWords = (bytes: number): number => Math.ceil(bytes / 4);

/**
 * Plans an iteration for data of these sizes.
 *
 * @throws {TypeError} If layers do not fit together.
 * @throws {RangeError} If a size is out of range.
 */
export function planProgram(iteration: Iteration, { trainCount, testCount }: DataSizes): Program {
  const { layers, training } = iteration, { batchSize, augmentation, optimizer } = training;
  const planner = new Planner(layers, batchSize);
  const { network, lanes } = planner;
  const { logits, write } = planner.plan();
  const operations = write();
  const classes = product(logits.shape);
  const stepsPerEpoch = Math.ceil(trainCount / batchSize);
  const evaluationSteps = Math.ceil(testCount / lanes);
  const parameters = network.parameterCount, adam = optimizer.kind === "adam";
  const trainTable = lookupTable(training.trainNormalization, augmentation);
  const testTable = lookupTable(training.testNormalization, []);
  const loss = lossKernel({ classes, lanes, logits: logits.name, dLogits: gradientOf(logits) });

  const trials = (name: string, words: number): BufferPlan => ({ name, words, perTrial: true });
  const common = (name: string, words: number): BufferPlan => ({ name, words, perTrial: false });
  const imageWords = product(network.layers[0].input) / 4;
  return {
    network,
    lanes,
    batchSize,
    classes,
    logits: logits.name,
    buffers: [
      ...planner.buffers,
      trials("parameters", parameters),
      trials("gradients", parameters),
      trials("first", parameters),
      ...(adam ? [trials("second", parameters)] : []),
      trials("running", Math.max(1, planner.strides.running)),
      trials("coefficients", 4 * Math.max(1, planner.coefficients.used)),
      trials("packed", 4 * planner.packed.used),
      trials("partials", planner.partials.used),
      trials("sums", 2 * (stepsPerEpoch + evaluationSteps)),
      trials("predictions", testCount),
      trials("drawn", exampleWords(augmentation) * trainCount),
      trials("labels", lanes),
      trials("indices", lanes),
      trials("seeds", 1),
      common("records", 8 * parameters),
      common("trainTable", trainTable.length),
      common("testTable", testTable.length),
      common("trainImages", imageWords * trainCount),
      common("trainLabels", byteWords(trainCount)),
      common("testImages", imageWords * testCount),
      common("testLabels", byteWords(testCount)),
    ],
    train: [
      inputKernel({ augmentation, lanes, training: true }),
      ...operations.flatMap(({ forward }) => forward),
      loss,
      ...operations.toReversed().flatMap(({ backward }) => backward),
      optimizerKernel({
        kind: optimizer.kind,
        parameters,
        partials: planner.partials.used,
        packed: 4 * planner.packed.used,
      }),
    ],
    beforeEvaluation: operations.flatMap(({ beforeEvaluation = [] }) => beforeEvaluation),
    evaluate: [
      inputKernel({ augmentation, lanes, training: false }),
      ...operations.flatMap(({ forward, evaluate = forward }) => evaluate),
      loss,
    ],
    records: planner.records,
    trainTable,
    testTable,
    stepsPerEpoch,
    evaluationSteps,
  };
}

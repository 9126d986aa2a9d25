/**
 * What a GPU has to do for one step of training or evaluation: a network as buffers and kernels, in order.
 *
 * A program is plain data and needs no device, so what a step costs can be counted and its WGSL read anywhere.
 *
 * @module
 */
import { buildGraph, type Graph } from "../../models/graph.ts";
import { type CompletedTraining, completeTraining, type Iteration } from "../../models/iteration.ts";
import { elements } from "../../models/shape.ts";
import { checkLastBatch, splitTrainingSet, stepsPerEpoch, type TrainingSplit } from "../training_set.ts";
import { type Fused, fuseNodes } from "./fuse.ts";
import { exampleWords, IMAGE_WORDS, inputKernel, type InputSet, lookupTable } from "./input.ts";
import type { Kernel } from "./kernel.ts";
import { lossKernel } from "./loss.ts";
import type { PlannedOperation, Planning, StoredValue } from "./operation.ts";
import { planConvBatchNormRelu } from "./ops/conv_batch_norm_relu.ts";
import { roomOf } from "./ops/mod.ts";
import { exchangeAveragesKernel, RECORD_WORDS, scalarCount, stateCount, updateKernels } from "./optimizer.ts";
import { type BufferPlan, type ParameterRecord, Plan } from "./plan.ts";
import { sumKernels } from "./sum.ts";

/** Sizes of the data that a program trains on: all images that there are. */
export interface DataSizes {
  readonly trainCount: number;
  readonly testCount: number;
}

/** How a program is planned. */
export interface ProgramOptions {
  /** Whether patterns of layers are computed in one pass; tests turn it off. */
  readonly fuse?: boolean;
}

/** A network with its recipe as a GPU runs it. */
export interface Program {
  readonly graph: Graph;
  readonly training: CompletedTraining;
  readonly split: TrainingSplit;
  readonly lanes: number;
  readonly batchSize: number;
  readonly classes: number;
  /** The buffer of the logits, [T,classes,N]. */
  readonly logits: string;
  readonly buffers: readonly BufferPlan[];
  /** One step of training. */
  readonly train: readonly Kernel[];
  /** Once before evaluation, and once behind it. */
  readonly beforeEvaluation: readonly Kernel[];
  readonly afterEvaluation: readonly Kernel[];
  /** One batch of evaluation, of held-out training images or of the test set. */
  readonly validate: readonly Kernel[];
  readonly evaluate: readonly Kernel[];
  readonly records: readonly ParameterRecord[];
  readonly trainTable: Uint32Array<ArrayBuffer>;
  readonly testTable: Uint32Array<ArrayBuffer>;
  readonly stepsPerEpoch: number;
  readonly validationSteps: number;
  readonly evaluationSteps: number;
}

/** Places of values and gradients, and the operations between them. */
class Planner {
  readonly plan: Plan;
  readonly #values = new Map<number, StoredValue>();
  readonly #gradients = new Map<number, string>();
  /** By value: where each of several readers leaves its gradient. */
  readonly #readerGradients = new Map<number, readonly string[]>();

  constructor(private readonly graph: Graph, batchSize: number) {
    this.plan = new Plan(graph, batchSize);
  }

  get logits(): StoredValue {
    return this.#value(this.graph.logits);
  }

  get dLogits(): string {
    return this.#gradient(this.graph.logits);
  }

  /** Plans all operations; kernels are written by the result, when all places are known. */
  operations(groups: readonly Fused[]): () => PlannedOperation[] {
    // no operation computes the image
    this.#store(0, "input");
    const writers = groups.map((group) => this.#operation(group));
    this.plan.seal();
    return () => writers.map((write) => write());
  }

  #store(id: number, buffer: string): StoredValue {
    const { shape } = this.graph.values[id], value = { buffer, shape };
    this.plan.buffer(buffer, elements(shape) * this.plan.lanes);
    this.#values.set(id, value);
    return value;
  }

  #value(id: number): StoredValue {
    const known = this.#values.get(id);
    if (known) return known;
    const { shape, producer } = this.graph.values[id], node = this.graph.nodes[producer!];
    if (!roomOf(node.operation).sharesValue) return this.#store(id, `value${id}`);
    const value = { buffer: this.#value(node.inputs[0]).buffer, shape };
    this.#values.set(id, value);
    return value;
  }

  /** Where the gradient of a value lies, all readers together. */
  #gradient(id: number): string {
    const known = this.#gradients.get(id);
    if (known !== undefined) return known;
    const { readers } = this.graph.values[id];
    const buffer = readers.length === 1
      ? this.#readerGradient(id, 0)
      : this.#gradientBuffer(id, `d_value${id}`);
    this.#gradients.set(id, buffer);
    return buffer;
  }

  /** Where a reader leaves its part of the gradient of a value. */
  #readerGradient(id: number, reader: number): string {
    let known = this.#readerGradients.get(id);
    if (known === undefined) {
      const { readers } = this.graph.values[id];
      known = readers.map(({ node }, index) => {
        const { operation, output } = this.graph.nodes[node];
        if (roomOf(operation).sharesGradient) return this.#gradient(output);
        return this.#gradientBuffer(id, readers.length === 1 ? `d_value${id}` : `d_value${id}_${index}`);
      });
      this.#readerGradients.set(id, known);
    }
    return known[reader];
  }

  #gradientBuffer(id: number, name: string): string {
    return this.plan.buffer(name, elements(this.graph.values[id].shape) * this.plan.lanes);
  }

  /** Where a node leaves the gradient of one of its inputs; undefined where it is not wanted. */
  #inputGradient(node: number, input: number): string | undefined {
    const id = this.graph.nodes[node].inputs[input], value = this.graph.values[id];
    if (!value.needsGradient) return undefined;
    return this.#readerGradient(
      id,
      value.readers.findIndex((reader) => reader.node === node && reader.input === input),
    );
  }

  #operation(group: Fused): Planning {
    const { plan, graph } = this, { nodes } = group, first = nodes[0], last = nodes[nodes.length - 1];
    const label = `${first.index + 1} ${first.operation.kind}`;
    const inputs = first.inputs.map((id) => this.#value(id)), output = this.#value(last.output);
    const dInputs = first.inputs.map((_, input) => this.#inputGradient(first.index, input));
    const dOutput = graph.values[last.output].needsGradient ? this.#gradient(last.output) : undefined;
    const planned = group.kind === "single"
      ? roomOf(first.operation).plan({
        plan,
        node: first,
        operation: first.operation,
        label,
        inputs,
        output,
        dInputs,
        dOutput,
      })
      : planConvBatchNormRelu({
        ...group,
        plan,
        label,
        input: inputs[0],
        output,
        dInput: dInputs[0],
        dOutput: dOutput!,
      });
    return () => {
      const operation = planned();
      return { ...operation, backward: [...this.#sumOfReaders(last.output), ...operation.backward] };
    };
  }

  /** Adds up what the readers of a value have left, in their order. */
  #sumOfReaders(id: number): Kernel[] {
    const { readers, needsGradient, shape } = this.graph.values[id];
    if (!needsGradient || readers.length < 2) return [];
    return sumKernels({
      label: `gradient of value ${id}`,
      lanes: this.plan.lanes,
      shape,
      from: readers.map((_, reader) => this.#readerGradient(id, reader)),
      to: this.#gradient(id),
    });
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
export function planProgram(
  { layers, training: recipe }: Pick<Iteration, "layers" | "training">,
  sizes: DataSizes,
  { fuse = true }: ProgramOptions = {},
): Program {
  const graph = buildGraph(layers), training = completeTraining(recipe);
  const { batchSize, augmentation, optimizer, average, clipNorm } = training;
  const split = splitTrainingSet(training, sizes.trainCount),
    steps = stepsPerEpoch(training, split.trainCount);
  checkLastBatch(graph, training, split.trainCount);
  const planner = new Planner(graph, batchSize), { plan } = planner, { lanes } = plan;
  const operations = planner.operations(fuseNodes(graph, fuse))();
  const { logits, dLogits } = planner, { strides } = plan, classes = elements(logits.shape);
  const validationSteps = Math.ceil(split.validationCount / lanes);
  const evaluationSteps = Math.ceil(sizes.testCount / lanes);
  const slots = steps + validationSteps + evaluationSteps;
  const trainTable = lookupTable(training.trainNormalization, augmentation);
  const testTable = lookupTable(training.testNormalization, []);
  const update = { training, strides };
  const loss = (set: InputSet) =>
    lossKernel({
      classes,
      lanes,
      logits: logits.buffer,
      dLogits,
      training: set === "train",
      labelSmoothing: training.labelSmoothing,
      predictions: set === "test",
    });
  const evaluate = (set: InputSet) => [
    inputKernel({ set, augmentation, lanes }),
    ...operations.flatMap(({ forward, evaluate = forward }) => evaluate),
    loss(set),
  ];
  const exchange = average ? [exchangeAveragesKernel(strides)] : [];
  const trials = (name: string, words: number): BufferPlan => ({ name, words, perTrial: true });
  const common = (name: string, words: number): BufferPlan => ({ name, words, perTrial: false });
  return {
    graph,
    training,
    split,
    lanes,
    batchSize,
    classes,
    logits: logits.buffer,
    buffers: [
      ...plan.buffers,
      trials("parameters", strides.parameters),
      trials("gradients", strides.parameters),
      trials("states", Math.max(1, stateCount(training)) * strides.parameters),
      ...(average ? [trials("averages", strides.parameters)] : []),
      ...(clipNorm === undefined ? [] : [trials("norms", 1)]),
      trials("scalars", slots * scalarCount(training)),
      trials("running", strides.running),
      trials("coefficients", 4 * strides.coefficients),
      trials("packed", strides.packed),
      trials("partials", strides.partials),
      trials("sums", 2 * slots),
      trials("predictions", sizes.testCount),
      trials("drawn", exampleWords(augmentation) * split.trainCount),
      trials("labels", lanes),
      trials("indices", lanes),
      trials("seeds", 1),
      common("records", RECORD_WORDS * strides.parameters),
      common("trainTable", trainTable.length),
      common("testTable", testTable.length),
      common("trainImages", IMAGE_WORDS * sizes.trainCount),
      common("trainLabels", byteWords(sizes.trainCount)),
      common("testImages", IMAGE_WORDS * sizes.testCount),
      common("testLabels", byteWords(sizes.testCount)),
    ],
    train: [
      inputKernel({ set: "train", augmentation, lanes }),
      ...operations.flatMap(({ forward }) => forward),
      loss("train"),
      ...operations.toReversed().flatMap(({ backward }) => backward),
      ...updateKernels(update),
    ],
    beforeEvaluation: [...exchange, ...operations.flatMap(({ beforeEvaluation = [] }) => beforeEvaluation)],
    afterEvaluation: exchange,
    validate: validationSteps === 0 ? [] : evaluate("validation"),
    evaluate: evaluate("test"),
    records: plan.records(optimizer.decayNormAndBias),
    trainTable,
    testTable,
    stepsPerEpoch: steps,
    validationSteps,
    evaluationSteps,
  };
}

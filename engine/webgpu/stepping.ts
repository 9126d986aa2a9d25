/**
 * The GPU engine's networks, trained step by step, one trial at a time.
 *
 * @module
 */
import { buildGraph, type Graph } from "../../models/graph.ts";
import { type CompletedTraining, completeTraining, type Iteration } from "../../models/iteration.ts";
import { PIXELS } from "../augmentations/mod.ts";
import type { ImageSet, NamedTensor } from "../engine.ts";
import { namedTensors } from "../initial_weights.ts";
import { optimizerScalarsAt } from "../rates.ts";
import type { SteppedNetwork, StepPosition } from "../stepping.ts";
import { drawExamples } from "./epoch_draws.ts";
import type { Gpu } from "./gpu.ts";
import { DeviceData, DeviceNetwork } from "./network.ts";
import { orderScalars } from "./optimizer.ts";
import { planProgram, type Program, type ProgramOptions } from "./program.ts";

/** What a trial takes along when its data changes. */
const CARRIED = ["states", "averages"];

/** A network in the memory of a GPU, with the data that it was last given. */
interface Opened {
  readonly data: ImageSet;
  readonly onDevice: DeviceData;
  readonly program: Program;
  readonly network: DeviceNetwork;
}

/** A network whose buffers can be looked at. */
export class GpuSteppedNetwork implements SteppedNetwork {
  readonly #gpu: Gpu;
  readonly #iteration: Pick<Iteration, "layers" | "training">;
  readonly #options: ProgramOptions;
  readonly #graph: Graph;
  readonly #training: CompletedTraining;
  readonly #values: Float32Array<ArrayBuffer>;
  #opened: Opened | undefined;

  constructor(
    gpu: Gpu,
    iteration: Pick<Iteration, "layers" | "training">,
    values: Float32Array,
    options: ProgramOptions = {},
  ) {
    this.#gpu = gpu;
    // steps take the images that they are given, whatever an epoch would hold out or leave out
    const { trainCount: _, validationCount: __, dropLast: ___, ...training } = iteration.training;
    this.#iteration = { layers: iteration.layers, training };
    this.#options = options;
    this.#graph = buildGraph(iteration.layers);
    this.#training = completeTraining(iteration.training);
    this.#values = new Float32Array(values);
  }

  async trainStep(
    data: ImageSet,
    indices: Uint32Array,
    { epoch, seed, stepNumber, stepsPerEpoch, history = [] }: StepPosition,
  ): Promise<{ loss: number; correct: number }> {
    const training = this.#training, { augmentation } = training, { images } = data;
    const { network, program } = await this.#open(data);
    network.write("seeds", Uint32Array.of(seed));
    network.write("drawn", drawExamples(indices, { seed, epoch, augmentation, images }));
    network.writeScalars(0, [
      orderScalars(training, optimizerScalarsAt(training, stepNumber, stepsPerEpoch, history)),
    ]);
    network.writeSteps([{
      examples: indices.length,
      first: 0,
      epoch,
      training: true,
      slot: 0,
      epochLength: indices.length,
    }]);
    network.submit(program.train, 0, 1);
    const [loss, correct] = await this.values("sums");
    return { loss, correct };
  }

  /** What the last step has left in a buffer. */
  async values(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { network } = this.#opened!;
    return new Float32Array((await network.read([name])).get(name)!);
  }

  async gradients(): Promise<NamedTensor[]> {
    return this.#named(await this.values("gradients"));
  }

  async averages(): Promise<NamedTensor[]> {
    if (!this.#training.average) return [];
    const { parameterCount } = this.#graph;
    return this.#named(
      this.#opened ? await this.values("averages") : this.#values.subarray(0, parameterCount),
    );
  }

  /** Values of the parameters by their names. */
  #named(parameters: Float32Array): NamedTensor[] {
    const all = new Float32Array(this.#graph.length);
    all.set(parameters);
    return namedTensors(this.#graph, all).filter((_, index) => this.#graph.tensors[index].trained);
  }

  async tensors(): Promise<NamedTensor[]> {
    return namedTensors(this.#graph, await this.#tensorValues());
  }

  async logits(images: Uint8Array): Promise<Float32Array> {
    const count = images.length / PIXELS;
    const { network, program } = await this.#open({ images, labels: new Uint8Array(count) });
    const { lanes, classes } = program, out = new Float32Array(count * classes);
    for (let first = 0; first < count; first += lanes) {
      const examples = Math.min(lanes, count - first);
      network.writeSteps([{ examples, first, epoch: 1, training: false, slot: 0, epochLength: count }]);
      if (first === 0) network.submit(program.beforeEvaluation, 0, 1);
      network.submit(program.evaluate, 0, 1);
      const logits = await this.values(program.logits);
      for (let n = 0; n < examples; n++) {
        for (let i = 0; i < classes; i++) out[(first + n) * classes + i] = logits[i * lanes + n];
      }
    }
    network.submit(program.afterEvaluation, 0, 1);
    return out;
  }

  close(): void {
    this.#opened?.network.destroy();
    this.#opened?.onDevice.destroy();
    this.#opened = undefined;
  }

  /** The network with this data on the device; tensors and what the optimizer keeps go along when the data changes. */
  async #open(data: ImageSet): Promise<Opened> {
    const before = this.#opened;
    if (before?.data.images === data.images && before.data.labels === data.labels) return before;
    const values = await this.#tensorValues();
    const carried: [string, Float32Array<ArrayBuffer>][] = [];
    for (const { name } of before?.program.buffers ?? []) {
      if (CARRIED.includes(name)) carried.push([name, await this.values(name)]);
    }
    this.close();
    const onDevice = await DeviceData.create(this.#gpu, { train: data, test: data });
    const program = planProgram(this.#iteration, onDevice.sizes, this.#options);
    const network = await DeviceNetwork.create(this.#gpu, program, { trials: 1, data: onDevice });
    if (!network) throw this.#gpu.tooLittleMemory();
    network.initialize(0, 0, values);
    for (const [name, words] of carried) network.write(name, words);
    return this.#opened = { data, onDevice, program, network };
  }

  async #tensorValues(): Promise<Float32Array<ArrayBuffer>> {
    if (!this.#opened) return this.#values;
    const { length, parameterCount } = this.#graph;
    const values = new Float32Array(length);
    values.set(await this.values("parameters"));
    values.set((await this.values("running")).subarray(0, length - parameterCount), parameterCount);
    return values;
  }
}

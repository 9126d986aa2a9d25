/**
 * T trials of an iteration in the memory of a GPU: buffers, compiled kernels, and steps recorded for the device.
 *
 * Trials share nothing but data and step records, so the bits of one do not depend on which others are beside it.
 *
 * @module
 */
import type { ImageSet } from "../engine.ts";
import { initialTensors } from "../initial_weights.ts";
import { type CompiledKernel, type Gpu } from "./gpu.ts";
import { type Kernel, STEP_WORDS } from "./kernel.ts";
import { packRecords } from "./optimizer.ts";
import type { DataSizes, Program } from "./program.ts";

/** Bytes from one step record to the next: WebGPU's default alignment of moving offsets. */
const RECORD_BYTES = 256;

/** Numbers that change from step to step and are the same for all trials. */
export interface StepRecord {
  readonly examples: number;
  readonly first: number;
  /** 1-based. */
  readonly epoch: number;
  readonly training: boolean;
  /** Where its sums go, and its optimizer's numbers lie. */
  readonly slot: number;
  /** Examples that lie in `drawn`. */
  readonly epochLength: number;
}

/** Training and test images in the memory of a GPU; every trial reads them. */
export class DeviceData {
  private constructor(
    readonly sizes: DataSizes,
    readonly buffers: ReadonlyMap<string, GPUBuffer>,
  ) {}

  /** @throws {DeviceError} If they do not fit. */
  static async create(gpu: Gpu, { train, test }: { train: ImageSet; test: ImageSet }): Promise<DeviceData> {
    const contents = new Map([
      ["trainImages", train.images],
      ["trainLabels", train.labels],
      ["testImages", test.images],
      ["testLabels", test.labels],
    ]);
    const roundUp = (bytes: number) => Math.ceil(bytes / 4) * 4;
    const buffers = await gpu.allocate(
      new Map([...contents].map(([name, bytes]) => [name, roundUp(bytes.length)])),
    );
    if (!buffers) throw gpu.error("train on", "memory for the data set", "too little memory");
    for (const [name, bytes] of contents) {
      // a write is a whole number of words
      const padded = new Uint8Array(roundUp(bytes.length));
      padded.set(bytes);
      gpu.device.queue.writeBuffer(buffers.get(name)!, 0, padded);
    }
    return new DeviceData({ trainCount: train.labels.length, testCount: test.labels.length }, buffers);
  }

  destroy(): void {
    for (const buffer of this.buffers.values()) buffer.destroy();
  }
}

/** Bytes of the largest buffer and of all buffers, for one trial. */
export function bytesPerTrial(program: Program): { largest: number; total: number } {
  const sizes = program.buffers.filter(({ perTrial }) => perTrial).map(({ words }) => 4 * words);
  return { largest: Math.max(...sizes), total: sizes.reduce((sum, bytes) => sum + bytes, 0) };
}

/** Steps that have a record: those of an epoch's training and of its evaluation. */
export const slotsOf = ({ stepsPerEpoch, validationSteps, evaluationSteps }: Program): number =>
  stepsPerEpoch + validationSteps + evaluationSteps;

interface Bound extends CompiledKernel {
  readonly group: GPUBindGroup;
}

export class DeviceNetwork {
  readonly trials: number;
  readonly program: Program;
  readonly #gpu: Gpu;
  readonly #own: ReadonlyMap<string, GPUBuffer>;
  readonly #buffers: ReadonlyMap<string, GPUBuffer>;
  readonly #steps: GPUBuffer;
  readonly #stepGroup: GPUBindGroup;
  readonly #bound: ReadonlyMap<Kernel, Bound>;

  private constructor(
    gpu: Gpu,
    program: Program,
    trials: number,
    parts: {
      own: Map<string, GPUBuffer>;
      all: Map<string, GPUBuffer>;
      steps: GPUBuffer;
      compiled: readonly CompiledKernel[];
    },
  ) {
    this.#gpu = gpu;
    this.program = program;
    this.trials = trials;
    this.#own = parts.own;
    this.#buffers = parts.all;
    this.#steps = parts.steps;
    this.#stepGroup = gpu.bindSteps(parts.steps, STEP_WORDS * 4);
    this.#bound = new Map(parts.compiled.map((compiled) => [compiled.kernel, {
      ...compiled,
      group: gpu.device.createBindGroup({
        label: compiled.kernel.label,
        layout: compiled.layout,
        entries: compiled.kernel.bindings.map(({ buffer }, binding) => ({
          binding,
          resource: { buffer: parts.all.get(buffer)! },
        })),
      }),
    }]));
  }

  /**
   * Takes memory for `trials` and compiles the kernels; undefined where the memory does not suffice.
   *
   * @throws {DeviceError} If the driver refuses a kernel.
   */
  static async create(
    gpu: Gpu,
    program: Program,
    { trials, data }: { readonly trials: number; readonly data: DeviceData },
  ): Promise<DeviceNetwork | undefined> {
    const sizes = new Map<string, number>();
    for (const { name, words, perTrial } of program.buffers) {
      if (!data.buffers.has(name)) sizes.set(name, 4 * words * (perTrial ? trials : 1));
    }
    if (Math.max(...sizes.values()) > gpu.maximumBufferBytes) return undefined;
    const own = await gpu.allocate(sizes);
    if (!own) return undefined;
    const steps = gpu.device.createBuffer({
      label: "steps",
      size: RECORD_BYTES * slotsOf(program),
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    const { train, beforeEvaluation, validate, evaluate, afterEvaluation } = program;
    const kernels = [
      ...new Set([...train, ...beforeEvaluation, ...validate, ...evaluate, ...afterEvaluation]),
    ];
    const compiled = await Promise.all(kernels.map((kernel) => gpu.compile(kernel)));
    const network = new DeviceNetwork(gpu, program, trials, {
      own,
      all: new Map([...own, ...data.buffers]),
      steps,
      compiled,
    });
    network.write("records", packRecords(program.records));
    network.write("trainTable", program.trainTable);
    network.write("testTable", program.testTable);
    return network;
  }

  /** Writes words to a buffer, from word `at` on. */
  write(name: string, words: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>, at = 0): void {
    this.#gpu.device.queue.writeBuffer(this.#buffers.get(name)!, 4 * at, words);
  }

  /** Words that a trial has in a buffer. */
  wordsOf(name: string): number {
    return this.program.buffers.find((buffer) => buffer.name === name)!.words;
  }

  /** Sets a trial's seed and tensors (in canonical order) and clears its optimizer. */
  initialize(trial: number, seed: number, values: Float32Array<ArrayBuffer>): void {
    const { graph: { parameterCount }, records } = this.program;
    this.write("seeds", Uint32Array.of(seed), trial);
    const put = (name: string, words: Float32Array<ArrayBuffer>) =>
      this.write(name, words, trial * this.wordsOf(name));
    put("parameters", values.subarray(0, parameterCount));
    put("running", values.subarray(parameterCount));
    put("states", new Float32Array(this.wordsOf("states")));
    if (this.#own.has("averages")) put("averages", values.subarray(0, parameterCount));
    const packed = new Float32Array(this.wordsOf("packed"));
    records.forEach(({ forwardAt, backwardAt }, e) => {
      if (forwardAt !== undefined) packed[forwardAt] = values[e];
      if (backwardAt !== undefined) packed[backwardAt] = values[e];
    });
    put("packed", packed);
  }

  /** Sets a trial's seed and draws its tensors from it. */
  initializeFromSeed(trial: number, seed: number): void {
    const { graph, training: { initialization } } = this.program;
    this.initialize(trial, seed, initialTensors(graph, seed, initialization));
  }

  /** Writes the optimizer's numbers of a trial's steps, from the first slot on. */
  writeScalars(trial: number, steps: readonly (readonly number[])[]): void {
    this.write("scalars", Float32Array.from(steps.flat()), trial * this.wordsOf("scalars"));
  }

  /** Writes step records, from number `at` on. */
  writeSteps(records: readonly StepRecord[], at = 0): void {
    const bytes = new ArrayBuffer(RECORD_BYTES * records.length);
    records.forEach(({ examples, first, epoch, training, slot, epochLength }, index) => {
      new Uint32Array(bytes, index * RECORD_BYTES, 8).set([
        examples,
        first,
        epoch,
        training ? 1 : 0,
        slot,
        epochLength,
        this.wordsOf("predictions"),
        slotsOf(this.program),
      ]);
    });
    this.#gpu.device.queue.writeBuffer(this.#steps, RECORD_BYTES * at, bytes);
  }

  /** Submits the kernels for the steps of these record numbers, one after the other. */
  submit(
    kernels: readonly Kernel[],
    from: number,
    to: number,
    timestampWrites?: GPUComputePassTimestampWrites,
  ): void {
    const encoder = this.#gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass(timestampWrites ? { timestampWrites } : undefined);
    for (let step = from; step < to; step++) this.#dispatch(pass, kernels, step);
    pass.end();
    this.#gpu.device.queue.submit([encoder.finish()]);
  }

  /** Submits the kernels for one step, each in a pass of its own: kernel k's begin and end are queries 2k and 2k + 1. */
  submitTimed(kernels: readonly Kernel[], step: number, querySet: GPUQuerySet): void {
    const encoder = this.#gpu.device.createCommandEncoder();
    kernels.forEach((kernel, k) => {
      const pass = encoder.beginComputePass({
        timestampWrites: { querySet, beginningOfPassWriteIndex: 2 * k, endOfPassWriteIndex: 2 * k + 1 },
      });
      this.#dispatch(pass, [kernel], step);
      pass.end();
    });
    this.#gpu.device.queue.submit([encoder.finish()]);
  }

  #dispatch(pass: GPUComputePassEncoder, kernels: readonly Kernel[], step: number): void {
    pass.setBindGroup(0, this.#stepGroup, [step * RECORD_BYTES]);
    for (const kernel of kernels) {
      const { pipeline, group } = this.#bound.get(kernel)!, [x, y] = kernel.workgroups;
      pass.setPipeline(pipeline);
      pass.setBindGroup(1, group);
      pass.dispatchWorkgroups(x, y, this.trials);
    }
  }

  /** Copies whole buffers back to the host, all in one transfer. */
  async read(names: readonly string[]): Promise<Map<string, ArrayBuffer>> {
    const { device } = this.#gpu;
    const sizes = names.map((name) => 4 * this.wordsOf(name) * this.trials);
    const staging = device.createBuffer({
      label: "results",
      size: sizes.reduce((sum, size) => sum + size, 0),
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      const encoder = device.createCommandEncoder();
      let at = 0;
      names.forEach((name, index) => {
        encoder.copyBufferToBuffer(this.#buffers.get(name)!, 0, staging, at, sizes[index]);
        at += sizes[index];
      });
      device.queue.submit([encoder.finish()]);
      this.#gpu.check();
      try {
        await staging.mapAsync(GPUMapMode.READ);
      } catch (error) {
        this.#gpu.check();
        throw this.#gpu.error("read from", "results", error instanceof Error ? error.message : String(error));
      }
      this.#gpu.check();
      const all = staging.getMappedRange();
      at = 0;
      return new Map(names.map((name, index) => {
        const bytes = all.slice(at, at + sizes[index]);
        at += sizes[index];
        return [name, bytes];
      }));
    } finally {
      staging.destroy();
    }
  }

  /** Gives the memory back; data and compiled kernels stay. */
  destroy(): void {
    for (const buffer of this.#own.values()) buffer.destroy();
    this.#steps.destroy();
  }
}

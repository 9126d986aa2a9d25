/**
 * An iteration on the GPU, step by step, for tests: one trial, whose tensors and gradients can be looked at.
 *
 * @module
 */
import type { ImageSet, NamedTensor } from "../../../engine/engine.ts";
import { namedTensors } from "../../../engine/initial_weights.ts";
import { optimizerScalars } from "../../../engine/optimizers.ts";
import { drawExamples } from "../../../engine/webgpu/epoch_draws.ts";
import { findAdapter, Gpu } from "../../../engine/webgpu/gpu.ts";
import { DeviceData, DeviceNetwork } from "../../../engine/webgpu/network.ts";
import { scalarsOf } from "../../../engine/webgpu/optimizer.ts";
import { planProgram, type Program } from "../../../engine/webgpu/program.ts";
import type { Iteration } from "../../../models/types.ts";

const isRequired = (Deno.env.get("REQUIRE") ?? "").split(",").includes("webgpu");
const found = await findAdapter();
if (!found && isRequired) throw new Error("Cannot test the webgpu engine: expected an adapter, got none");

/** Tests that need an adapter are skipped, visibly, where there is none and none is required. */
export const IGNORE_WITHOUT_GPU = !found;

let shared: Promise<Gpu> | undefined;
/** One GPU for all tests of a file, so that equal kernels are compiled once. */
export function sharedGpu(): Promise<Gpu> {
  return shared ??= Gpu.open();
}

const PIXELS = 784;

export class SteppedNetwork {
  #data: DeviceData | undefined;
  #network: DeviceNetwork | undefined;
  #program: Program | undefined;
  readonly #gpu: Gpu;
  readonly #iteration: Iteration;
  #values: Float32Array<ArrayBuffer>;
  #loaded: ImageSet | undefined;

  constructor(gpu: Gpu, iteration: Iteration, values: Float32Array) {
    this.#gpu = gpu;
    this.#iteration = iteration;
    this.#values = new Float32Array(values);
  }

  /** The network on the device with this data; its tensors so far go along, the optimizer's moments too. */
  async #open(data: ImageSet, seed: number): Promise<{ network: DeviceNetwork; program: Program }> {
    const same = this.#loaded && this.#loaded.images === data.images && this.#loaded.labels === data.labels;
    if (this.#network && this.#program && same) return { network: this.#network, program: this.#program };
    const kept = this.#network ? await this.#snapshot() : undefined;
    this.close();
    this.#data = await DeviceData.create(this.#gpu, { train: data, test: data });
    this.#program = planProgram(this.#iteration, this.#data.sizes);
    this.#network = (await DeviceNetwork.create(this.#gpu, this.#program, { trials: 1, data: this.#data }))!;
    this.#network.initialize(0, seed, kept?.values ?? this.#values);
    for (const [name, words] of kept?.moments ?? []) this.#network.write(name, words);
    this.#loaded = data;
    return { network: this.#network, program: this.#program };
  }

  async #snapshot() {
    const moments = [
      "first",
      ...(this.#program!.buffers.some(({ name }) => name === "second") ? ["second"] : []),
    ];
    const read = await this.#network!.read(["parameters", "running", ...moments]);
    const f32 = (name: string) => new Float32Array(read.get(name)!);
    const { length, parameterCount } = this.#program!.network;
    const values = new Float32Array(length);
    values.set(f32("parameters"));
    values.set(f32("running").subarray(0, length - parameterCount), parameterCount);
    return { values, moments: moments.map((name) => [name, f32(name)] as const) };
  }

  async trainStep(
    data: ImageSet,
    indices: Uint32Array,
    options: { epoch: number; seed: number; stepNumber: number; stepsPerEpoch: number },
  ): Promise<{ loss: number; correct: number }> {
    const { epoch, seed, stepNumber, stepsPerEpoch } = options, { training } = this.#iteration;
    const { network, program } = await this.#open(data, seed);
    network.write("seeds", Uint32Array.of(seed));
    network.write("drawn", drawExamples(indices, { seed, epoch, augmentation: training.augmentation }));
    network.writeSteps([{
      examples: indices.length,
      first: 0,
      epoch,
      training: true,
      slot: 0,
      epochLength: indices.length,
      scalars: scalarsOf(optimizerScalars(training, stepNumber, stepsPerEpoch)),
    }]);
    network.submit(program.train, 0, 1);
    const [loss, correct] = new Float32Array((await network.read(["sums"])).get("sums")!);
    return { loss, correct };
  }

  /** A buffer's values, as the last step left them. */
  async values(name: string): Promise<Float32Array> {
    return new Float32Array((await this.#network!.read([name])).get(name)!);
  }

  async gradients(): Promise<NamedTensor[]> {
    const gradients = await this.values("gradients"), { parameterCount, length } = this.#program!.network;
    const all = new Float32Array(length);
    all.set(gradients);
    return namedTensors(this.#iteration.layers, all).filter(({ data }) =>
      data.byteOffset < 4 * parameterCount
    );
  }

  async tensors(): Promise<NamedTensor[]> {
    const values = this.#network ? (await this.#snapshot()).values : this.#values;
    return namedTensors(this.#iteration.layers, values);
  }

  /** `[N,10]` of `images` in evaluation mode. */
  async logits(images: Uint8Array): Promise<Float32Array> {
    const count = images.length / PIXELS;
    const { network, program } = await this.#open({ images, labels: new Uint8Array(count) }, 0);
    const { lanes, classes } = program, out = new Float32Array(count * classes);
    const logits = program.evaluate.at(-1)!.bindings[0].buffer;
    for (let first = 0; first < count; first += lanes) {
      const examples = Math.min(lanes, count - first);
      network.writeSteps([{ examples, first, epoch: 1, training: false, slot: 0, epochLength: count }]);
      if (first === 0) network.submit(program.beforeEvaluation, 0, 1);
      network.submit(program.evaluate, 0, 1);
      const values = await this.values(logits);
      for (let n = 0; n < examples; n++) {
        for (let i = 0; i < classes; i++) out[(first + n) * classes + i] = values[i * lanes + n];
      }
    }
    return out;
  }

  close(): void {
    this.#network?.destroy();
    this.#data?.destroy();
    this.#network = this.#data = this.#loaded = undefined;
  }
}

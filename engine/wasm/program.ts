/**
 * From a list of layers to operations, kernels and a memory map.
 *
 * A plan depends on nothing but the layers, the batch size, the number of workers and their registers, so every
 * worker makes it for itself.
 *
 * @module
 */
import { describeNetwork, type ShapedLayer, type TensorSpec } from "../../models/shapes.ts";
import type { Layer } from "../../models/iteration.ts";
import { ModuleBuilder } from "./assembler.ts";
import { SLICE_RECORD } from "./batch_norm.ts";
import { ConvBlock, planConvolution } from "./conv_block.ts";
import { type ConvShape, LANES, type Plane, tightPlane } from "./layout.ts";
import {
  type Area,
  type FeatureMap,
  type Operation,
  type ParameterPlace,
  planFeatureMap,
  Planner,
  type Runtime,
} from "./operation.ts";
import { optimizerKernels } from "./optimizer.ts";
import { reductionKernels } from "./reduction.ts";
import { Dropout, GlobalAveragePool, Linear, MaxPool } from "./simple_operations.ts";

/** Memory is asked for up to this limit, 1 GiB, and grows to what the plan needs. */
export const MAXIMUM_PAGES = 16384;

const PAGE_BYTES = 65536;

/** A tensor of the network and where it lies; running statistics have no gradient. */
export interface PlacedTensor {
  readonly spec: TensorSpec;
  readonly address: number;
}

/** A network ready to be instantiated. */
export interface Program {
  readonly operations: readonly (Operation & { bind(runtime: Runtime): void })[];
  /** Of the operations, the first that learns: nothing before it needs a gradient. */
  readonly firstLearning: number;
  readonly input: FeatureMap;
  readonly logits: FeatureMap;
  readonly classes: number;
  readonly sliceRecords: Area;
  readonly slices: number;
  readonly tensors: readonly PlacedTensor[];
  /** Parameters, gradients and the optimizer's two states: four arrays of the same layout. */
  readonly parameters: { readonly addresses: readonly number[]; readonly bytes: number };
  readonly optimizerScalars: number;
  /** Int32 words that workers share: see `team.ts`. */
  readonly control: number;
  /** By slice: the sum of its examples' losses (float64) and how many it got right (int32). */
  readonly losses: Area;
  readonly correct: Area;
  readonly module: Uint8Array<ArrayBuffer>;
  readonly pages: number;
}

const toVector = (elements: number): number => Math.ceil(elements / 4) * 16;

function convShape({ layer, input }: ShapedLayer): ConvShape {
  if (layer.kind !== "conv") {
    throw new TypeError(`Cannot plan a convolution: expected conv, got ${layer.kind}`);
  }
  const [inputs, height, width] = input;
  return { inputs, outputs: layer.out, height, width, kernel: layer.kernel, padding: layer.padding ?? 0 };
}

/** `[C]` and `[C,H,W]` as a plane. */
const planeOf = (shape: readonly number[]): Plane => tightPlane([shape[0], shape[1] ?? 1, shape[2] ?? 1]);

/** Plans a network for batches of up to `batchSize` examples. */
export function planProgram(
  layers: readonly Layer[],
  { batchSize, workers, wide = false }: { batchSize: number; workers: number; wide?: boolean },
): Program {
  const network = describeNetwork(layers);
  const module = new ModuleBuilder();
  reductionKernels(module);
  optimizerKernels(module);
  // evaluation needs one slice for each worker
  const planner = new Planner(module, Math.max(Math.ceil(batchSize / LANES), workers), workers, wide);

  const specs = network.tensors, isRunning = (t: TensorSpec) => t.role.startsWith("running");
  const parameterBytes = specs.filter((t) => !isRunning(t)).reduce((sum, t) => sum + toVector(t.length), 0);
  const addresses = [0, 1, 2, 3].map(() => planner.allocate(parameterBytes));
  let offset = 0;
  const places = new Map<string, ParameterPlace>();
  const tensors = specs.map((spec): PlacedTensor => {
    if (isRunning(spec)) return { spec, address: planner.allocate(toVector(spec.length)) };
    const value = addresses[0] + offset, gradient = addresses[1] + offset;
    offset += toVector(spec.length);
    places.set(`${spec.layerIndex}.${spec.role}`, { value, gradient, length: spec.length });
    return { spec, address: value };
  });
  const place = (layerIndex: number, role: string): ParameterPlace => places.get(`${layerIndex}.${role}`)!;
  const running = (layerIndex: number, role: string): number =>
    tensors.find((t) => t.spec.layerIndex === layerIndex && t.spec.role === role)!.address;
  const optimizerScalars = planner.allocate(64);
  const control = planner.allocate(64);
  const losses = planner.perSlice(8), correct = planner.perSlice(4);
  const sliceRecords = planner.perSlice(SLICE_RECORD.bytes);

  const shaped = network.layers;
  /** The plane that layer `index` wants to read: a convolution's own, else a tight one. */
  const inputPlane = (index: number, shape: readonly number[]): Plane => {
    // dropout works in place on whatever its neighbours agree on
    let reader = index;
    while (shaped[reader] && /dropout/i.test(shaped[reader].layer.kind)) reader++;
    return shaped[reader]?.layer.kind === "conv"
      ? planConvolution(convShape(shaped[reader])).plan.input
      : planeOf(shape);
  };

  const operations: (Operation & { bind(runtime: Runtime): void })[] = [];
  const firstLearningLayer = shaped.findIndex(({ layer }) =>
    layer.kind === "conv" || layer.kind === "linear"
  );
  let firstLearning = 0;
  const input = planFeatureMap(planner, inputPlane(0, shaped[0].input));
  let map = input, dropouts = 0, behindRelu = false;
  for (let index = 0; index < shaped.length; index++) {
    const { layer, output } = shaped[index];
    const name = `layer${index + 1}`;
    if (index === firstLearningLayer) firstLearning = operations.length;
    switch (layer.kind) {
      case "conv": {
        const next = shaped[index + 1];
        const pool = next?.layer.kind === "maxPool" && next.layer.size === 2;
        const last = pool ? index + 1 : index;
        const out = planFeatureMap(planner, inputPlane(last + 1, shaped[last].output));
        operations.push(
          new ConvBlock(planner, name, planConvolution(convShape(shaped[index])), {
            parameters: {
              weight: place(index, "convWeight"),
              bias: place(index, "convBias"),
              normWeight: place(index, "normWeight"),
              normBias: place(index, "normBias"),
              runningMean: running(index, "runningMean"),
              runningVariance: running(index, "runningVariance"),
            },
            input: map,
            output: out,
            pool,
            inputGradient: index > firstLearningLayer,
            sliceRecords,
          }),
        );
        map = out;
        behindRelu = true; // pools and dropout keep it so
        index = last;
        break;
      }
      case "maxPool": {
        const out = planFeatureMap(planner, inputPlane(index + 1, output));
        operations.push(new MaxPool(planner, name, map, out, layer.size));
        map = out;
        break;
      }
      case "dropout":
      case "channelDropout":
        operations.push(
          new Dropout(planner, name, map, {
            plane: map.plane,
            p: layer.p,
            channels: layer.kind === "channelDropout",
            ordinal: dropouts++,
            behindRelu,
          }, sliceRecords),
        );
        break;
      case "flatten":
        break; // [C,H,W,8] in order is [C·H·W,8]
      case "globalAveragePool": {
        const out = planFeatureMap(planner, inputPlane(index + 1, output));
        operations.push(new GlobalAveragePool(planner, name, map, out));
        map = out;
        break;
      }
      case "linear": {
        const out = planFeatureMap(planner, planeOf(output));
        operations.push(
          new Linear(planner, name, map, out, {
            weight: place(index, "linearWeight"),
            bias: place(index, "linearBias"),
          }),
        );
        map = out;
        behindRelu = false;
        break;
      }
    }
  }
  const pages = Math.ceil(planner.bytes / PAGE_BYTES);
  if (pages > MAXIMUM_PAGES) {
    throw new RangeError(
      `Cannot plan the network: expected at most ${MAXIMUM_PAGES / 16} MiB of memory, got ${
        Math.ceil(pages / 16)
      } MiB; use a smaller batch`,
    );
  }
  return {
    operations,
    firstLearning,
    input,
    logits: map,
    classes: shaped[shaped.length - 1].output[0],
    sliceRecords,
    slices: planner.slices,
    tensors,
    parameters: { addresses, bytes: parameterBytes },
    optimizerScalars,
    control,
    losses,
    correct,
    module: module.bytes(MAXIMUM_PAGES),
    pages,
  };
}

/**
 * From a list of layers to operations, kernels and a memory map.
 *
 * A plan depends on nothing but the layers, the recipe, the number of workers and their registers, so every worker
 * makes it for itself.
 *
 * @module
 */
import { buildGraph, type Graph, type Node, type OperationName } from "../../models/graph.ts";
import { type CompletedTraining, completeTraining, type Iteration } from "../../models/iteration.ts";
import { optimizerRule } from "../optimizers/mod.ts";
import { ModuleBuilder } from "./assembler.ts";
import { fusedUnit } from "./fuse.ts";
import { ImageInput } from "./image_input.ts";
import { LANES, PAGE_BYTES } from "./layout.ts";
import {
  type Area,
  type FeatureMap,
  Planner,
  type Room,
  SLICE_RECORD,
  type WorkerArea,
} from "./operation.ts";
import { OPERATIONS } from "./ops/mod.ts";
import { LARGEST_RECORD, optimizerKernel } from "./optimizer.ts";
import { type PlacedParameters, placeParameters } from "./parameters.ts";
import { reductionKernels } from "./reduction.ts";
import { controlWords } from "./team.ts";
import { nodeUnit, type Unit } from "./unit.ts";
import { type Wired, Wiring } from "./wiring.ts";

/** No plan may need more than this, 1 GiB. Memory is asked for as the plan needs it, and never grows. */
export const MAXIMUM_PAGES = 16384;

/** A network ready to be instantiated. */
export interface Program {
  readonly graph: Graph;
  readonly training: CompletedTraining;
  /** In the order of the forward pass. */
  readonly operations: readonly Wired[];
  /** To be settled by each worker. */
  readonly workerAreas: readonly WorkerArea[];
  readonly input: FeatureMap;
  /** What brings images into it. */
  readonly images: ImageInput;
  readonly logits: FeatureMap;
  readonly classes: number;
  readonly sliceRecords: Area;
  readonly parameters: PlacedParameters;
  /** Of the optimizer's two records of scalars: see `update.ts`. */
  readonly scalars: number;
  /** Int32 words that workers share: see `team.ts`. */
  readonly control: number;
  /** By slice: the sum of its examples' losses (float64) and how many it got right (int32). */
  readonly losses: Area;
  readonly correct: Area;
  readonly module: Uint8Array<ArrayBuffer>;
  readonly pages: number;
}

export interface ProgramOptions {
  readonly workers: number;
  /** Images of an epoch, where they are known: no batch has more; memory only. */
  readonly trainCount?: number;
  /** Whether registers hold a whole position; speed only. */
  readonly wide?: boolean;
  /** Whether nodes are fused where a pattern fits; speed only, but for rounding. */
  readonly fuse?: boolean;
}

const roomOf = ({ kind }: Node["operation"]): Room<OperationName> =>
  OPERATIONS[kind] as unknown as Room<OperationName>;

/** The nodes in turn, those that a pattern fits as one. */
function unitsOf(graph: Graph, fuse: boolean): Unit[] {
  const units: Unit[] = [], taken = new Set<Node>();
  for (const node of graph.nodes) {
    if (taken.has(node)) continue;
    const unit = (fuse ? fusedUnit(graph, node) : undefined) ?? nodeUnit(graph, node, roomOf(node.operation));
    for (const each of unit.nodes) taken.add(each);
    units.push(unit);
  }
  return units;
}

/** Slices of the largest batch. */
export const sliceCount = (batchSize: number, trainCount = Infinity): number =>
  Math.ceil(Math.min(batchSize, trainCount) / LANES);

/**
 * Plans a network for batches of up to the recipe's `batchSize`.
 *
 * @throws {TypeError} If layers do not fit together.
 * @throws {RangeError} If it takes more memory than there may be.
 */
export function planProgram(
  iteration: Pick<Iteration, "layers" | "training">,
  { workers, trainCount, wide = false, fuse = true }: ProgramOptions,
): Program {
  const graph = buildGraph(iteration.layers), training = completeTraining(iteration.training);
  const module = new ModuleBuilder();
  reductionKernels(module);
  optimizerKernel(module, training.optimizer);
  // evaluation needs one slice for each worker
  const slices = Math.max(sliceCount(training.batchSize, trainCount), workers);
  const planner = new Planner(module, slices, workers, wide);

  const states = optimizerRule(training.optimizer).state.length + (training.average ? 1 : 0);
  const parameters = placeParameters(planner, graph, states);
  const scalars = planner.allocate(2 * 4 * LARGEST_RECORD);
  const control = planner.allocate(4 * controlWords(workers));
  const losses = planner.perSlice(8), correct = planner.perSlice(4);
  const sliceRecords = planner.perSlice(SLICE_RECORD.bytes);

  const units = unitsOf(graph, fuse), wiring = new Wiring(planner, graph, units);
  const input = wiring.image(), tensors = parameters.byNode;
  const images = new ImageInput(planner, input, training);
  let logits = input;
  for (const unit of units) {
    logits = wiring.add(
      unit,
      (inputs, output) => unit.plan({ planner, inputs, output, tensors, sliceRecords }),
    );
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
    graph,
    training,
    operations: wiring.operations,
    workerAreas: wiring.workerAreas,
    input,
    images,
    logits,
    classes: graph.values[graph.logits].shape[0],
    sliceRecords,
    parameters,
    scalars,
    control,
    losses,
    correct,
    module: module.bytes(MAXIMUM_PAGES),
    pages,
  };
}

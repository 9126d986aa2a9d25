/**
 * Holds an engine against float64 PyTorch on the architectures of iterations 1, 3, 4 and 5.
 *
 * Bounds are those of `tests/golden/README.md`, which also says what PyTorch's own float32 run reaches.
 *
 * @module
 */
import { buildGraph } from "../../models/graph.ts";
import { baseline } from "../../models/iterations/01_baseline.ts";
import { globalAveragePooling } from "../../models/iterations/03_global_average_pooling.ts";
import { matchedNormalization } from "../../models/iterations/04_matched_normalization.ts";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";
import type { Iteration } from "../../models/iteration.ts";
import { GoldenFile } from "../golden_file.ts";
import type { GoldenOptions } from "./golden_networks_suite.ts";
import {
  assertTrainsAsGolden,
  GOLDEN_TRAINING,
  type GoldenBounds,
  type GoldenTraining,
  type OpenGolden,
} from "./golden_training.ts";

const BATCH = 32;

const BOUNDS: GoldenBounds = {
  /** PyTorch's float32 reaches 1.6e-7. */
  loss: 1e-5,
  /** PyTorch's float32 reaches 1.5e-4: ReLU and max-pool kinks amplify rounding. */
  gradient: 3e-4,
  cancelledBias: 1e-5,
  /** PyTorch's float32 reaches 5e-3, for the same reason. */
  change: 2e-2,
  /** PyTorch's float32 reaches 5.6e-7. */
  running: 1e-5,
  /** PyTorch's float32 reaches 4.1e-5. */
  logits: 1e-3,
};

/** Iterations with a network of their own. */
const ITERATIONS: readonly Iteration[] = [
  baseline,
  globalAveragePooling,
  matchedNormalization,
  oneCycle,
];

/** The fixtures' names, `conv1.weight`, `bn1.running_mean`, `fc.bias`, by the place of the tensor in the network. */
function namesByKind(layers: Iteration["layers"]): ReadonlyMap<string, string> {
  const counts: Record<string, number> = {}, names = new Map<string, string>();
  for (const { operation, tensors } of buildGraph(layers).nodes) {
    const number = counts[operation.kind] = (counts[operation.kind] ?? 0) + 1;
    const prefix = operation.kind === "conv"
      ? `conv${number}`
      : operation.kind === "batchNorm"
      ? `bn${number}`
      : "fc";
    for (const { name, role } of Object.values(tensors)) names.set(name, `${prefix}.${role}`);
  }
  return names;
}

/** The iteration as its fixture was made: no dropout, no augmentation, plain SGD. */
export function goldenIteration(iteration: Iteration): GoldenTraining {
  const layers = iteration.layers.filter(({ kind }) => kind !== "dropout" && kind !== "channelDropout");
  const names = namesByKind(layers);
  return {
    file: new GoldenFile(`iteration_${iteration.id}`),
    iteration: { ...iteration, layers, training: { ...GOLDEN_TRAINING, batchSize: BATCH } },
    nameInFile: (tensor) => names.get(tensor)!,
  };
}

/** Registers the suite for an engine. */
export function testGoldenIterations(
  engine: string,
  open: OpenGolden,
  options: GoldenOptions & {
    /** Absent for all four. */
    readonly iterations?: readonly number[];
  } = {},
): void {
  const { bounds = {}, iterations, ...definition } = options;
  for (const iteration of ITERATIONS) {
    if (iterations && !iterations.includes(iteration.id)) continue;
    Deno.test(
      `golden: ${engine} agrees with float64 PyTorch on iteration ${iteration.id}`,
      definition,
      async () => await assertTrainsAsGolden(open, goldenIteration(iteration), { ...BOUNDS, ...bounds }),
    );
  }
}

/**
 * Holds an engine against float64 PyTorch on the golden networks: every layer but dropout, branches, and the recipes'
 * label smoothing, L1 term, clipping and weight averaging.
 *
 * Bounds are those of `tests/golden/networks/README.md`.
 *
 * @module
 */
import type { Iteration, Training } from "../../models/iteration.ts";
import type { Layer } from "../../models/layers/mod.ts";
import { validateIteration } from "../../models/validate.ts";
import { GoldenFile, goldenNetworks } from "../golden_file.ts";
import {
  assertTrainsAsGolden,
  GOLDEN_TRAINING,
  type GoldenBounds,
  type GoldenTraining,
  type OpenGolden,
} from "./golden_training.ts";

const BATCH = 12;

/** The words of the fixtures for what their recipes have beside plain SGD. */
interface Extras {
  readonly labelSmoothing?: number;
  readonly clipNorm?: number;
  readonly l1?: number;
  readonly ema?: number;
}

function trainingOf(extras: Extras): Training {
  const { ema, ...others } = extras;
  return {
    ...GOLDEN_TRAINING,
    batchSize: BATCH,
    ...others,
    ...(ema === undefined ? {} : { average: { decay: ema } }),
  };
}

/** A golden network as the project writes it; it is checked like any iteration. */
export function goldenNetwork(name: string): GoldenTraining {
  const file = new GoldenFile(name);
  const layers: Layer[] = JSON.parse(file.metadata.layers);
  const iteration: Iteration = {
    id: 1,
    title: name,
    layers,
    parameters: Number(file.metadata.parameters),
    training: trainingOf(JSON.parse(file.metadata.training)),
  };
  validateIteration(iteration, name);
  return { file, iteration, nameInFile: (tensor) => tensor };
}

/** Ten times what PyTorch's own float32 run is off, since kinks (ReLU, max-pool) amplify rounding, and a least. */
function boundsOf({ metadata }: GoldenFile): GoldenBounds {
  const error: Record<string, string> = JSON.parse(metadata.float32_pytorch_error);
  return {
    loss: 1e-5,
    gradient: Math.max(10 * Number(error.step0_gradients), 3e-4),
    cancelledBias: 1e-6,
    change: Math.max(10 * Number(error.change), 2e-2),
    // moved by parameters that are off by up to `change` of what an update does to them
    running: 1e-4,
    logits: 1e-3,
  };
}

/** What an engine's test may ask for. */
export interface GoldenOptions
  extends Pick<Deno.TestDefinition, "ignore" | "sanitizeOps" | "sanitizeResources"> {
  /** Where an engine cannot reach a bound; whoever declares it says why, and what was measured. */
  readonly bounds?: Partial<GoldenBounds>;
}

/** Registers the suite for an engine. */
export function testGoldenNetworks(engine: string, open: OpenGolden, options: GoldenOptions = {}): void {
  const { bounds = {}, ...definition } = options;
  for (const name of goldenNetworks()) {
    Deno.test(
      `golden: ${engine} agrees with float64 PyTorch on ${name.replace("networks/", "")}`,
      definition,
      async () => {
        const training = goldenNetwork(name);
        await assertTrainsAsGolden(open, training, { ...boundsOf(training.file), ...bounds });
      },
    );
  }
}

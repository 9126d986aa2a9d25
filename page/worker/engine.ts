/**
 * The CPU engine inside a page.
 *
 * @module
 */
import { type Features, probeFeatures } from "../../engine/wasm/features.ts";
import { openNetwork } from "../../engine/wasm/stepping.ts";
import type { SteppedNetwork } from "../../engine/stepping.ts";
import { countParameters } from "../../models/graph.ts";
import type { Normalization } from "../../models/iteration.ts";
import type { Layer } from "../../models/layers/mod.ts";

/** What this browser's WebAssembly can do, or why that is not enough. */
export function tryFeatures(): Features | string {
  try {
    return probeFeatures();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A trained network on the engine, for evaluation alone. */
export function openForReading(
  layers: readonly Layer[],
  weights: Float32Array,
  normalization: Normalization,
): SteppedNetwork {
  return openNetwork({
    id: 1,
    title: "",
    layers,
    parameters: countParameters(layers),
    // nothing of it is used but the last line; a batch of one group of lanes takes the least memory
    training: {
      epochs: 1,
      batchSize: 8,
      optimizer: { kind: "sgd", learningRate: 1 },
      schedule: { kind: "constant" },
      augmentation: [],
      trainNormalization: normalization,
      testNormalization: normalization,
    },
  }, weights);
}

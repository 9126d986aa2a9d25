/**
 * A trained network, ready to be written in any format: its layers with the weights that evaluation uses.
 *
 * @module
 */
import { buildGraph, type Graph } from "../models/graph.ts";
import type { Normalization } from "../models/iteration.ts";
import type { Layer } from "../models/layers/mod.ts";

/** What a file says about where its weights come from; what is not known is left out. */
export interface Provenance {
  readonly iteration: number;
  readonly title: string;
  /** uint32 */
  readonly seed?: number;
  /** Name and version, such as `wasm 1`. */
  readonly engine?: string;
  /** What it was trained on, as `--dataset` names it. */
  readonly dataset?: string;
  /** In that training set, without those that were held out: fewer after `--quick` or `--validate`. */
  readonly trainImages?: number;
  /** SHA-256 (hex) of the weights as they were trained, before averages replaced parameters and norms were folded. */
  readonly weightsDigest: string;
  /** A fraction, over MNIST's whole test set. */
  readonly testAccuracy?: number;
  /** SPDX identifier; absent for weights that are somebody else's. */
  readonly license?: string;
}

/** A network and its weights. */
export interface TrainedNetwork {
  readonly layers: readonly Layer[];
  readonly graph: Graph;
  /** Of the pixels in evaluation. */
  readonly normalization: Normalization;
  /** Every tensor of `graph` by its name; where the recipe averages parameters, the averages. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
  readonly provenance: Provenance;
  /** How many batch norms were folded into the layer in front of them; absent where nobody asked for it. */
  readonly folded?: number;
}

/** What `toTrainedNetwork` makes one of. */
export type NetworkParts = Omit<TrainedNetwork, "graph">;

/**
 * A network from its parts.
 *
 * @throws {TypeError} If a tensor is missing, there is one too many, or one has another length than its layer says.
 */
export function toTrainedNetwork(parts: NetworkParts): TrainedNetwork {
  const graph = buildGraph(parts.layers);
  for (const { name, length } of graph.tensors) {
    const got = parts.tensors.get(name)?.length;
    if (got !== length) {
      throw new TypeError(
        `Cannot make a network: expected "${name}" with ${length} values, got ${got ?? "none"}`,
      );
    }
  }
  if (parts.tensors.size !== graph.tensors.length) {
    throw new TypeError(
      `Cannot make a network: expected ${graph.tensors.length} tensors, got ${parts.tensors.size}`,
    );
  }
  return { ...parts, graph };
}

/** What is known of a network as texts by name, for formats that hold such; the same in every format. */
export function provenanceTexts(
  { provenance, normalization, folded }: TrainedNetwork,
): Record<string, string> {
  const { iteration, title, seed, engine, dataset, trainImages, weightsDigest, testAccuracy, license } =
    provenance;
  const texts: Record<string, string | undefined> = {
    iteration: String(iteration),
    title,
    seed: seed?.toString(),
    engine,
    dataset,
    trainImages: trainImages?.toString(),
    weightsDigest,
    testAccuracy: testAccuracy?.toString(),
    normalizationMean: String(normalization.mean),
    normalizationDeviation: String(normalization.deviation),
    foldedBatchNorms: folded?.toString(),
    license,
  };
  return Object.fromEntries(
    Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

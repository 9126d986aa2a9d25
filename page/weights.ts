/**
 * From the tensors of a file to the weights that a network evaluates with.
 *
 * @module
 */
import { weightsDigest } from "../engine/digest.ts";
import type { StoredTensor } from "../engine/safetensors.ts";
import { digested, evaluated, takeTensors } from "../export/take_tensors.ts";
import { buildGraph } from "../models/graph.ts";
import type { Layer } from "../models/layers/mod.ts";

/** What a network reads with. */
export interface EvaluationWeights {
  /** All tensors in canonical order, averages in the place of their parameters. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** SHA-256 (hex) of what was trained. */
  readonly digest: string;
}

/** Takes a network's weights out of a file's tensors; `names` are for messages. @throws {Error} As `takeTensors`. */
export function evaluationWeights(
  layers: readonly Layer[],
  tensors: readonly StoredTensor[],
  names: { readonly file: string; readonly network: string },
): EvaluationWeights {
  const graph = buildGraph(layers), taken = takeTensors({ tensors }, graph, names);
  const values = evaluated(taken), weights = new Float32Array(graph.length);
  for (const { name, offset } of graph.tensors) weights.set(values.get(name)!, offset);
  return { weights, digest: weightsDigest(digested(taken)) };
}

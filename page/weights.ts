/**
 * From the tensors of a file to the weights that a network evaluates with.
 *
 * @module
 */
import type { NamedTensor } from "../engine/engine.ts";
import type { StoredTensor } from "../engine/safetensors.ts";
import { buildGraph } from "../models/graph.ts";
import type { Layer } from "../models/layers/mod.ts";
import { showShape } from "../models/shape.ts";

const AVERAGE = "average.";

/**
 * All tensors of the layers in canonical order; a parameter's moving average, where there is one, in its place.
 *
 * @throws {RangeError} If one is missing, has another shape or type, holds something that is no number, or is too many.
 */
export function evaluationWeights(
  layers: readonly Layer[],
  stored: readonly (StoredTensor | NamedTensor)[],
): Float32Array<ArrayBuffer> {
  const graph = buildGraph(layers), weights = new Float32Array(graph.length);
  const byName = new Map(stored.map((tensor) => [tensor.name, tensor]));
  const refuse = (wanted: string, got: string) =>
    new RangeError(`Cannot use the weights: expected ${wanted}, got ${got}`);
  for (const { name, shape, offset } of graph.tensors) {
    const tensor = byName.get(AVERAGE + name) ?? byName.get(name);
    if (tensor === undefined) throw refuse(`"${name}"`, "none");
    if (!(tensor.data instanceof Float32Array)) throw refuse(`"${name}" in float32`, "another type");
    if (tensor.shape.join() !== shape.join()) {
      throw refuse(`"${name}" ${showShape(shape)}`, showShape(tensor.shape));
    }
    if (!tensor.data.every(Number.isFinite)) throw refuse(`numbers in "${name}"`, "an infinity or none");
    weights.set(tensor.data, offset);
    byName.delete(name);
    byName.delete(AVERAGE + name);
  }
  const [left] = byName.keys();
  if (left !== undefined && !left.endsWith(".num_batches_tracked")) {
    throw refuse(`${graph.tensors.length} tensors`, `"${left}" as well`);
  }
  return weights;
}

/**
 * Batch norm over a single value, which PyTorch refuses in training: whatever the value, its bias comes out, nothing in
 * front of it learns, and the running variance becomes 0.
 *
 * @module
 */
import type { Graph, Node } from "./graph.ts";
import type { Training } from "./iteration.ts";
import { elements } from "./shape.ts";

/**
 * The first batch norm whose channels have a single value each in a batch of one example, where a training on
 * `trainCount` images (undefined where that is not known yet) has such a batch.
 */
export function normOfOneValue(
  graph: Pick<Graph, "nodes" | "values">,
  { batchSize, dropLast = false }: Pick<Training, "batchSize" | "dropLast">,
  trainCount: number | undefined,
): Node | undefined {
  const isLastAlone = !dropLast && trainCount !== undefined && trainCount % batchSize === 1;
  if (batchSize !== 1 && !isLastAlone) return undefined;
  return graph.nodes.find(({ operation, inputs }) => {
    const { shape } = graph.values[inputs[0]];
    return operation.kind === "batchNorm" && elements(shape) === shape[0];
  });
}

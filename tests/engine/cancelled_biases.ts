/**
 * Which parameters have a gradient of zero in exact arithmetic, so that only rounding noise can be compared.
 *
 * @module
 */
import type { Graph, Operation, Reader } from "../../models/graph.ts";
import { isMap, type Shape } from "../../models/shape.ts";

/** What a constant by channel, added to a value, becomes behind an operation that reads it. */
function shiftBehind(operation: Operation, input: Shape): "removed" | "kept" | "changed" {
  switch (operation.kind) {
    case "batchNorm":
    case "ghostBatchNorm":
    case "instanceNorm":
      return "removed";
    // the mean of one channel takes its constant out, that of several does not
    case "groupNorm":
      return operation.groups === input[0] && isMap(input) ? "removed" : "changed";
    case "layerNorm":
      return input[0] === 1 && isMap(input) ? "removed" : "changed";
    // a sum of constants is one, and so is the largest of equal ones
    case "conv":
      return operation.padding === 0 ? "kept" : "changed";
    case "linear":
    case "flatten":
    case "maxPool":
    case "averagePool":
    case "globalAveragePool":
    case "globalMaxPool":
    case "add":
    case "concat":
      return "kept";
    default:
      return "changed";
  }
}

/**
 * Names of the biases by channel that every way to the logits takes out again: a norm subtracts the mean, directly
 * behind or behind operations that keep a constant one.
 */
export function cancelledBiases({ nodes, values, logits, tensors }: Graph): ReadonlySet<string> {
  const vanishes = (value: number): boolean =>
    value !== logits && values[value].readers.every(({ node }: Reader) => {
      const { operation, output } = nodes[node];
      const shift = shiftBehind(operation, values[value].shape);
      return shift === "removed" || shift === "kept" && vanishes(output);
    });
  const matters = new Set<string>(), biases = new Set<string>();
  for (const { operation, output, tensors } of nodes) {
    const { bias } = tensors;
    if (bias === undefined || operation.kind === "layerNorm") continue;
    biases.add(bias.name);
    // a repeated layer's bias is cancelled only where each of its uses is
    if (!vanishes(output)) matters.add(bias.name);
  }
  return new Set(
    tensors.flatMap(({ name }) => biases.has(name) && !matters.has(name) ? [name] : []),
  );
}

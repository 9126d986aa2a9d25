/**
 * Which biases have a gradient of zero in exact arithmetic: they count as parameters and cannot learn.
 *
 * @module
 */
import { describe, type Graph, isLayer, type Operation, type TensorSpec } from "./graph.ts";
import type { Shape } from "./shape.ts";

function shiftBehind(operation: Operation, input: Shape): "kept" | "removed" | "changed" {
  // a sum of constants is one
  return isLayer(operation) ? describe(operation).channelShift(operation, input) : "kept";
}

/** A bias by channel that every way to the logits takes out again. */
export interface CancelledBias {
  /** Of the layer that has it. */
  readonly label: string;
  readonly tensor: TensorSpec;
}

/**
 * Biases that a norm takes out again, directly behind or behind operations that keep a constant one; those of norms
 * among them. By their tensors' names. A repeated layer's is cancelled only where each of its uses is.
 */
export function cancelledBiases({ nodes, values, logits }: Graph): ReadonlyMap<string, CancelledBias> {
  const vanishes = (value: number): boolean =>
    value !== logits && values[value].readers.every(({ node }) => {
      const { operation, output } = nodes[node];
      const shift = shiftBehind(operation, values[value].shape);
      return shift === "removed" || shift === "kept" && vanishes(output);
    });
  const matter = new Set<TensorSpec>(), labels = new Map<TensorSpec, string>();
  for (const { output, label, tensors: { bias } } of nodes) {
    // layer norm has one by place
    if (bias === undefined || bias.shape.length !== 1) continue;
    if (!labels.has(bias)) labels.set(bias, label);
    if (!vanishes(output)) matter.add(bias);
  }
  return new Map(
    [...labels].flatMap(([tensor, label]) => matter.has(tensor) ? [] : [[tensor.name, { label, tensor }]]),
  );
}

/**
 * A graph computed with TensorFlow.js, node after node; its gradients are those that TensorFlow.js derives.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import { type Graph, isLayer, type TensorSpec } from "../../../models/graph.ts";
import type { DropoutLayer } from "../dropout_factors.ts";
import { type Circumstances, compute } from "./ops/mod.ts";

/** The tensors of each node of a graph, by their role. */
export type NodeTensors = readonly Circumstances["tensors"][];

/** Gives each node its tensors: nodes of a repeated layer have the same. */
export function tensorsOfNodes({ nodes }: Graph, find: (spec: TensorSpec) => tf.Variable): NodeTensors {
  return nodes.map(({ tensors }) =>
    Object.fromEntries(Object.entries(tensors).map(([role, spec]) => [role, find(spec)]))
  );
}

/** The layers that drop something, in the order of their numbers. */
export function dropoutsOf({ nodes, values }: Graph): readonly DropoutLayer[] {
  return nodes.flatMap(({ operation, inputs, randomOrdinal }) => {
    if (randomOrdinal === undefined) return [];
    if (!isLayer(operation) || !("p" in operation)) {
      throw new Error(`Cannot draw for a layer: expected one that drops, got "${operation.kind}"`);
    }
    return [{
      p: operation.p,
      channels: operation.kind === "channelDropout",
      ordinal: randomOrdinal,
      input: values[inputs[0]].shape,
    }];
  });
}

/**
 * Logits [N,classes] of images [N,28,28,1]; in training, with the factors of the layers that drop something in the order
 * of their numbers, the running statistics are moved.
 */
export function forward(
  graph: Graph,
  images: tf.Tensor4D,
  { tensors, factors }: { readonly tensors: NodeTensors; readonly factors?: readonly tf.Tensor[] },
): tf.Tensor2D {
  const values: tf.Tensor[] = [images];
  for (const { index, operation, inputs, output, randomOrdinal } of graph.nodes) {
    values[output] = compute(operation, inputs.map((id) => values[id]), {
      tensors: tensors[index],
      training: factors && { factors: randomOrdinal === undefined ? undefined : factors[randomOrdinal] },
    });
  }
  return values[graph.logits] as tf.Tensor2D;
}

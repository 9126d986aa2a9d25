/**
 * One training step and the evaluation of any network, in float64 and by the definitions: what engines are compared
 * with.
 *
 * Nothing is shared with an engine but the graph and the random streams.
 *
 * @module
 */
import type { Graph, Node, OperationName } from "../../../models/graph.ts";
import type { Normalization } from "../../../models/iteration.ts";
import { softmaxCrossEntropy } from "./loss.ts";
import { REFERENCE_OPERATIONS } from "./ops/mod.ts";
import type { Draws, Pass, ReferenceOperation } from "./reference_operation.ts";
import { type Tensor, zeros } from "./tensor.ts";

/** Pixels of an image's side. */
const SIDE = 28;

/** Examples of a batch with everything that decides on their forward pass. */
export interface ReferenceBatch extends Omit<Draws, "ordinal"> {
  /** uint8 [N,28,28] */
  readonly images: Uint8Array;
  /** uint8 [N] */
  readonly labels: Uint8Array;
  readonly normalization: Normalization;
  /** Absent for 0. */
  readonly labelSmoothing?: number;
}

/** What computes a network: the reference, unless a test plants something else. */
export interface Computing {
  readonly forwardOf?: ForwardOf;
}

/** What one step computes, before parameters are updated. */
export interface ReferenceStep {
  /** Mean over the batch, nats, with smoothing. */
  readonly loss: number;
  readonly correct: number;
  /** [N,classes] */
  readonly logits: Float64Array;
  /** By name, in canonical order, gradients of the mean loss. */
  readonly gradients: ReadonlyMap<string, Float64Array>;
  /** By name, as this step leaves them. */
  readonly runningStatistics: ReadonlyMap<string, Float64Array>;
}

/** Any operation's forward pass; a node says which, so its operation fits. */
export type Forward = ReferenceOperation<OperationName>["forward"];

/** The forward pass of the operation with this name. */
export type ForwardOf = (kind: OperationName) => Forward;

export const referenceForward: ForwardOf = (kind) => REFERENCE_OPERATIONS[kind].forward as unknown as Forward;

function inputTensor(images: Uint8Array, { mean, deviation }: Normalization): Tensor {
  return {
    shape: [images.length / (SIDE * SIDE), 1, SIDE, SIDE],
    data: Float64Array.from(images, (pixel) => (pixel / 255 - mean) / deviation),
  };
}

/** A network that has been computed: all values, and the passes that made them. */
interface Computed {
  readonly logits: Tensor;
  readonly passes: readonly Pass[];
  readonly statistics: ReadonlyMap<string, Float64Array>;
}

/** All nodes in turn; in training mode where there are draws. */
function compute(
  graph: Graph,
  values: ArrayLike<number>,
  input: Tensor,
  { forwardOf = referenceForward }: Computing,
  draws?: Omit<Draws, "ordinal">,
): Computed {
  // a repeated layer goes on with the running statistics that its last use left
  const tensors = new Map<string, Float64Array>(
    graph.tensors.map(({ name, offset, length }) => [
      name,
      Float64Array.from({ length }, (_, i) => values[offset + i]),
    ]),
  );
  const computed: Tensor[] = [input], passes: Pass[] = [];
  for (const node of graph.nodes) {
    const pass = forwardOf(node.operation.kind)(
      node.operation,
      node.inputs.map((value) => computed[value]),
      {
        tensors: byRole(node, (name) => tensors.get(name)!),
        training: draws && { ...draws, ordinal: node.randomOrdinal ?? 0 },
      },
    );
    computed[node.output] = pass.output;
    passes.push(pass);
    for (const [role, data] of Object.entries(pass.statistics ?? {})) {
      tensors.set(node.tensors[role].name, data);
    }
  }
  return {
    logits: computed[graph.logits],
    passes,
    statistics: new Map(
      graph.tensors.flatMap(({ name, trained }) => trained ? [] : [[name, tensors.get(name)!]]),
    ),
  };
}

const byRole = <T>({ tensors }: Node, of: (name: string) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(tensors).map(([role, { name }]) => [role, of(name)]));

const sum = (parts: readonly Float64Array[]): Float64Array =>
  parts[0].map((_, i) => parts.reduce((total, part) => total + part[i], 0));

/** Back through all passes: the gradient of each trained tensor. */
function gradientsOf(graph: Graph, passes: readonly Pass[], dLogits: Tensor): Map<string, Float64Array> {
  // of each value from each of its readers, and of each tensor from each of its nodes
  const fromReaders: Tensor[][] = graph.values.map(() => []);
  const fromNodes = new Map<string, Float64Array[]>();
  for (const node of graph.nodes.toReversed()) {
    const { readers } = graph.values[node.output], output = passes[node.index].output;
    const parts = readers.map((_, reader) => fromReaders[node.output][reader].data);
    const dOutput = node.output === graph.logits ? dLogits : parts.length === 0 ? zeros(output.shape) : {
      shape: output.shape,
      data: sum(parts),
    };
    const { inputs, tensors = {} } = passes[node.index].backward(dOutput);
    node.inputs.forEach((value, input) => {
      const reader = graph.values[value].readers.findIndex((each) =>
        each.node === node.index && each.input === input
      );
      fromReaders[value][reader] = inputs[input];
    });
    for (const [role, gradient] of Object.entries(tensors)) {
      const { name } = node.tensors[role];
      fromNodes.set(name, [gradient!, ...(fromNodes.get(name) ?? [])]);
    }
  }
  return new Map(
    graph.tensors.flatMap(({ name, trained }) => trained ? [[name, sum(fromNodes.get(name)!)]] : []),
  );
}

/** A training step from `values`, all tensors in canonical order; nothing is updated in place. */
export function referenceStep(
  graph: Graph,
  values: ArrayLike<number>,
  batch: ReferenceBatch,
  computing: Computing = {},
): ReferenceStep {
  const { images, labels, normalization, labelSmoothing = 0 } = batch;
  const input = inputTensor(images, normalization);
  const { logits, passes, statistics } = compute(graph, values, input, computing, batch);
  const { loss, correct, dLogits } = softmaxCrossEntropy(logits, labels, labelSmoothing);
  return {
    loss,
    correct,
    logits: logits.data,
    gradients: gradientsOf(graph, passes, dLogits),
    runningStatistics: statistics,
  };
}

/** The mean loss alone, for finite differences. */
export function referenceLoss(graph: Graph, values: ArrayLike<number>, batch: ReferenceBatch): number {
  const { images, labels, normalization, labelSmoothing = 0 } = batch;
  const { logits } = compute(graph, values, inputTensor(images, normalization), {}, batch);
  return softmaxCrossEntropy(logits, labels, labelSmoothing).loss;
}

/** Logits `[N,classes]` of uint8 images `[N,28,28]` in evaluation mode. */
export function referenceLogits(
  graph: Graph,
  values: ArrayLike<number>,
  images: Uint8Array,
  normalization: Normalization,
  computing: Computing = {},
): Float64Array {
  return compute(graph, values, inputTensor(images, normalization), computing).logits.data;
}

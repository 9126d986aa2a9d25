/**
 * What is computed in one pass though it is several layers: for speed alone, never a meaning.
 *
 * A pattern is a chain of operations whose values between have one reader each. The longest that fits is taken.
 *
 * @module
 */
import type { Graph, Node, Operation } from "../../models/graph.ts";

/** Largest max-pool whose window is worth computing behind a convolution in one go. */
const LARGEST_POOL = 4;

const is = (kind: Operation["kind"]) => (operation: Operation): boolean => operation.kind === kind;

/** A max-pool whose windows lie side by side. */
const tilingPool = (operation: Operation): boolean =>
  operation.kind === "maxPool" && operation.stride === operation.size && operation.padding === 0 &&
  operation.size <= LARGEST_POOL;

/** The operations of `convBatchNormRelu`; those behind the ReLU may be absent. */
const CHAIN = [
  { name: "conv", fits: is("conv"), optional: false },
  { name: "batchNorm", fits: is("batchNorm"), optional: false },
  { name: "relu", fits: is("relu"), optional: false },
  { name: "maxPool", fits: tilingPool, optional: true },
  { name: "dropout", fits: is("dropout"), optional: true },
] as const;

/** Nodes that are computed together, or one by itself. */
export type Fused =
  | { readonly kind: "single"; readonly nodes: readonly [Node] }
  | {
    readonly kind: "convBatchNormRelu";
    /** In order; the first reads and the last writes. */
    readonly nodes: readonly Node[];
    readonly conv: Node;
    readonly batchNorm: Node;
    readonly maxPool?: Node;
    readonly dropout?: Node;
  };

/** The only reader of a node's output, if there is one. */
function onlyReader(graph: Graph, node: Node): Node | undefined {
  const { readers } = graph.values[node.output];
  return readers.length === 1 ? graph.nodes[readers[0].node] : undefined;
}

function convBatchNormRelu(graph: Graph, first: Node): Fused | undefined {
  const found: Partial<Record<typeof CHAIN[number]["name"], Node>> = {}, nodes: Node[] = [];
  let next: Node | undefined = first;
  for (const { name, fits, optional } of CHAIN) {
    if (next !== undefined && fits(next.operation)) {
      found[name] = next;
      nodes.push(next);
      next = onlyReader(graph, next);
    } else if (!optional) return undefined;
  }
  const { conv, batchNorm, maxPool, dropout } = found;
  return conv && batchNorm
    ? { kind: "convBatchNormRelu", nodes, conv, batchNorm, maxPool, dropout }
    : undefined;
}

/** The nodes of a graph in order, those that belong together as one; each by itself unless `fuse`. */
export function fuseNodes(graph: Graph, fuse: boolean): Fused[] {
  const taken = new Set<number>();
  return graph.nodes.flatMap((node): Fused[] => {
    if (taken.has(node.index)) return [];
    const fused = fuse ? convBatchNormRelu(graph, node) : undefined;
    if (fused === undefined) return [{ kind: "single", nodes: [node] }];
    for (const { index } of fused.nodes) taken.add(index);
    return [fused];
  });
}

/**
 * Where a network's tensors lie, with their gradients and what the optimizer keeps for them.
 *
 * Parameters, gradients and every array of state have one layout: each tensor padded with zeros to whole vectors of
 * four float32, in canonical order. A tensor of a repeated layer has a gradient for each of its nodes; they are added
 * in the order of the nodes.
 *
 * @module
 */
import type { Graph, TensorSpec } from "../../models/graph.ts";
import type { ParameterPlace, Planner } from "./operation.ts";

/** A tensor of the network and where its values lie. */
export interface PlacedTensor {
  readonly spec: TensorSpec;
  readonly address: number;
}

/** A gradient that several nodes have a share of. */
export interface SharedGradient {
  /** Of the first node's share; the others follow. */
  readonly from: number;
  readonly each: number;
  readonly nodes: number;
  readonly to: number;
}

export interface PlacedParameters {
  /** All tensors in canonical order. */
  readonly tensors: readonly PlacedTensor[];
  readonly values: number;
  readonly gradients: number;
  /** Arrays beside values and gradients: the optimizer's state, and the averages where there are any. */
  readonly states: readonly number[];
  /** Of each of these arrays. */
  readonly bytes: number;
  readonly shared: readonly SharedGradient[];
  /** By index of the node, then by role. */
  readonly byNode: readonly Readonly<Record<string, ParameterPlace>>[];
}

/** Bytes of `elements` float32 in whole vectors. */
const vectorBytes = (elements: number): number => Math.ceil(elements / 4) * 16;

/** Hands out the places of a network's tensors, with `states` more arrays of the parameters' layout. */
export function placeParameters(planner: Planner, graph: Graph, states: number): PlacedParameters {
  const bytes = graph.tensors.reduce(
    (sum, { trained, length }) => sum + (trained ? vectorBytes(length) : 0),
    0,
  );
  const values = planner.allocate(bytes), gradients = planner.allocate(bytes);
  const stateAddresses = Array.from({ length: states }, () => planner.allocate(bytes));
  let offset = 0;
  const places = new Map<TensorSpec, ParameterPlace>();
  for (const spec of graph.tensors) {
    const { length } = spec, size = vectorBytes(length);
    if (spec.trained) {
      places.set(spec, { value: values + offset, gradient: gradients + offset, length });
      offset += size;
    } else places.set(spec, { value: planner.allocate(size), gradient: 0, length });
  }
  const nodesOf = new Map<TensorSpec, number>();
  for (const { tensors } of graph.nodes) {
    for (const spec of Object.values(tensors)) nodesOf.set(spec, (nodesOf.get(spec) ?? 0) + 1);
  }
  const shared = new Map<TensorSpec, SharedGradient>();
  for (const [spec, nodes] of nodesOf) {
    if (nodes === 1 || !spec.trained) continue;
    const each = vectorBytes(spec.length);
    shared.set(spec, { from: planner.allocate(nodes * each), each, nodes, to: places.get(spec)!.gradient });
  }
  const seen = new Map<TensorSpec, number>();
  const placeOf = (spec: TensorSpec): ParameterPlace => {
    const place = places.get(spec)!, several = shared.get(spec);
    if (!several) return place;
    const node = seen.get(spec) ?? 0;
    seen.set(spec, node + 1);
    return { ...place, gradient: several.from + node * several.each };
  };
  return {
    tensors: graph.tensors.map((spec) => ({ spec, address: places.get(spec)!.value })),
    values,
    gradients,
    states: stateAddresses,
    bytes,
    shared: [...shared.values()],
    byNode: graph.nodes.map(({ tensors }) =>
      Object.fromEntries(Object.entries(tensors).map(([role, spec]) => [role, placeOf(spec)]))
    ),
  };
}

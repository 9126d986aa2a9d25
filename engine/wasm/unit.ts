/**
 * What a plan is made of: nodes of the graph, each on its own or several fused to one.
 *
 * @module
 */
import type { Graph, Node, OperationName, OperationOf } from "../../models/graph.ts";
import type { Plane } from "./layout.ts";
import type {
  Area,
  BoundOperation,
  FeatureMap,
  NodeContext,
  ParameterPlace,
  Planner,
  Room,
} from "./operation.ts";

/** What a unit is told when it is planned. */
export interface UnitContext {
  readonly planner: Planner;
  readonly inputs: readonly FeatureMap[];
  readonly output: FeatureMap;
  /** By index of the node, then by role. */
  readonly tensors: readonly Readonly<Record<string, ParameterPlace>>[];
  readonly sliceRecords: Area;
}

/** Something that computes one value from others. */
export interface Unit {
  /** In order; each reads what the one before computes. */
  readonly nodes: readonly Node[];
  /** The planes that it insists on, by input. */
  readonly inputPlanes: readonly (Plane | undefined)[];
  readonly outputPlane: Plane | undefined;
  readonly inPlace: boolean;
  /** Whether each pass reads the input once, in its first part: it need not be there in between. */
  readonly readsInPassing: boolean;
  /** Whether it can make its output again in the backward pass, so that this need not be kept. */
  readonly restores: boolean;
  /** Whether it can leave a batch norm and the ReLU behind it to whoever reads the output: see `FeatureMap`. */
  readonly leavesNorm: boolean;
  /** Whether it can read an input of which that was left. */
  readonly takesNorm: boolean;
  plan(context: UnitContext): BoundOperation;
}

/** Prefix of the kernels of a node or of what begins with it. */
export const kernelName = (node: Node): string => `${node.index}.${node.operation.kind}`;

/** A node on its own, as its room computes it. */
export function nodeUnit<K extends OperationName>(graph: Graph, node: Node, room: Room<K>): Unit {
  const operation = node.operation as OperationOf<K>;
  const values = node.inputs.map((id) => graph.values[id]), shapes = values.map(({ shape }) => shape);
  return {
    nodes: [node],
    inputPlanes: shapes.map((shape) => room.inputPlane?.(operation, shape)),
    outputPlane: room.outputPlane?.(operation, shapes[0]),
    inPlace: room.inPlace ?? false,
    readsInPassing: room.readsInPassing ?? false,
    restores: false,
    leavesNorm: false,
    takesNorm: false,
    plan({ planner, inputs, output, tensors, sliceRecords }) {
      const context: NodeContext<K> = {
        planner,
        name: kernelName(node),
        label: node.label,
        operation,
        inputs,
        output,
        inputShapes: shapes,
        outputShape: graph.values[node.output].shape,
        tensors: tensors[node.index],
        sliceRecords,
        inputGradient: values.map(({ needsGradient }) => needsGradient),
        randomOrdinal: node.randomOrdinal,
      };
      return room.plan(context);
    },
  };
}

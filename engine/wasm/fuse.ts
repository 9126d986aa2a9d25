/**
 * Which nodes are computed in one pass. For speed alone: what a network means does not depend on it.
 *
 * A pattern applies where every value between its nodes has one reader. Its parts are looked for in their order; what
 * is optional may be missing.
 *
 * @module
 */
import type { Graph, Node, Operation, OperationName, OperationOf } from "../../models/graph.ts";
import { canNormalize, convolverPlanes, planConvolver } from "./convolver.ts";
import type { Plane } from "./layout.ts";
import type { BoundOperation } from "./operation.ts";
import { BatchNormalizer, type BatchNormOptions, type Normalizer, NormOperation } from "./ops/batch_norm.ts";
import type { BatchNormPlan } from "./ops/batch_norm_channel.ts";
import { ConvNormOperation } from "./ops/conv_batch_norm.ts";
import { GhostBatchNormalizer } from "./ops/ghost_batch_norm.ts";
import { kernelName, type Unit, type UnitContext } from "./unit.ts";

/** A place in a pattern. */
interface Part {
  readonly kinds: readonly OperationName[];
  readonly optional?: boolean;
  /** What is asked of the layer's fields. */
  readonly when?: (operation: Operation) => boolean;
}

/** Nodes by the names of a pattern's parts; optional ones may be absent. */
type Found<Name extends string> = { readonly [K in Name]?: Node };

interface Pattern<Name extends string> {
  readonly parts: { readonly [K in Name]: Part };
  unit(graph: Graph, found: Found<Name>): Omit<Unit, "nodes">;
}

const pattern = <Name extends string>(described: Pattern<Name>): Pattern<string> =>
  described as unknown as Pattern<string>;

type NormNode = OperationOf<"batchNorm"> | OperationOf<"ghostBatchNorm">;

/** The normalizer of a node with what stands around it. */
function planNormalizer(
  { planner, tensors, sliceRecords }: UnitContext,
  node: Node,
  options: Pick<BatchNormOptions, "plan" | "biasBefore" | "records">,
): Normalizer {
  const operation = node.operation as NormNode, name = kernelName(node);
  const { epsilon, momentum } = operation;
  const all = { ...options, tensors: tensors[node.index], epsilon, momentum, sliceRecords };
  return operation.kind === "batchNorm"
    ? new BatchNormalizer(planner, name, all)
    : new GhostBatchNormalizer(planner, name, { ...all, splits: operation.splits });
}

/** Convolution, ReLU, batch norm, ReLU, 2×2 max-pool: whichever are there around the batch norm. */
const normBlock = pattern({
  parts: {
    conv: { kinds: ["conv"], optional: true },
    reluBefore: { kinds: ["relu"], optional: true },
    norm: { kinds: ["batchNorm", "ghostBatchNorm"] },
    reluAfter: { kinds: ["relu"], optional: true },
    pool: {
      kinds: ["maxPool"],
      optional: true,
      when: (operation) =>
        operation.kind === "maxPool" && operation.size === 2 && operation.stride === 2 &&
        operation.padding === 0,
    },
  },
  unit(graph, { conv, reluBefore, norm, reluAfter, pool }) {
    const around = {
      reluBefore: reluBefore !== undefined,
      reluAfter: reluAfter !== undefined,
      pool: pool !== undefined,
    };
    const first = conv ?? reluBefore ?? norm!, { shape, needsGradient } = graph.values[first.inputs[0]];
    const plan = (context: UnitContext): BoundOperation => {
      const { planner, inputs, output, tensors } = context;
      const norming = (input: Plane, inputGradient: Plane): Omit<BatchNormPlan, "lanes"> => ({
        input,
        output: output.plane,
        inputGradient,
        ...around,
      });
      if (!conv) {
        const { plane } = inputs[0];
        const normalizer = planNormalizer(context, norm!, { plan: norming(plane, plane) });
        return new NormOperation(normalizer, { inputs, output, inputGradient: [needsGradient] });
      }
      const { weight, bias } = tensors[conv.index];
      // batch norm takes a bias out again, unless there is a ReLU between
      const biases = reluBefore ? { added: bias, left: undefined } : { added: undefined, left: bias };
      const convolver = planConvolver(planner, kernelName(conv), {
        layer: conv.operation as OperationOf<"conv">,
        input: shape,
        weight,
        bias: biases.added,
        inputGradient: needsGradient,
        inputRecords: inputs[0].records,
      });
      const normalizer = planNormalizer(context, norm!, {
        plan: norming(convolver.output, convolver.outputGradient),
        biasBefore: biases.left,
        records: output.records,
      });
      return new ConvNormOperation(planner, {
        convolver,
        normalizer,
        input: inputs[0],
        output,
        biasLeft: biases.left,
      });
    };
    const layer = conv?.operation as OperationOf<"conv"> | undefined;
    const isNormAndRelu = norm!.operation.kind === "batchNorm" && reluAfter && !reluBefore && !pool;
    return {
      inputPlanes: [layer && convolverPlanes(layer, shape).input],
      outputPlane: undefined,
      inPlace: false,
      readsInPassing: conv !== undefined,
      restores: pool === undefined,
      leavesNorm: layer !== undefined && isNormAndRelu === true,
      takesNorm: layer !== undefined && canNormalize(layer, shape),
      plan,
    };
  },
});

/** In the order in which they are tried. */
const PATTERNS: readonly Pattern<string>[] = [normBlock];

/** The nodes of a pattern that begins at `node`, by the names of its parts, or undefined. */
function match(
  { parts }: Pattern<string>,
  graph: Graph,
  node: Node,
): Readonly<Record<string, Node>> | undefined {
  const found: Record<string, Node> = {};
  let next: Node | undefined = node;
  for (const [name, { kinds, optional, when }] of Object.entries(parts)) {
    if (next && kinds.includes(next.operation.kind) && (when?.(next.operation) ?? true)) {
      found[name] = next;
      const { readers }: { readers: readonly { readonly node: number }[] } = graph.values[next.output];
      next = readers.length === 1 ? graph.nodes[readers[0].node] : undefined;
    } else if (!optional) return undefined;
  }
  return found;
}

/** What `node` is fused to with the nodes behind it; undefined where nothing fits. */
export function fusedUnit(graph: Graph, node: Node): Unit | undefined {
  for (const pattern of PATTERNS) {
    const found = match(pattern, graph, node), nodes = found ? Object.values(found) : [];
    if (found && nodes.length > 1) return { nodes, ...pattern.unit(graph, found) };
  }
}

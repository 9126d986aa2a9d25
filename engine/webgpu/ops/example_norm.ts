/**
 * Norms of an example by itself, over groups of its channels: group norm, layer norm and instance norm.
 *
 * x̂ = (y − mean) / √(variance + ε) over each group of the example; z = weight · x̂ + bias. On the way back, with
 * g = weight · dz, dy = (g − mean of g − x̂ · mean of g x̂) / √(variance + ε).
 *
 * @module
 */
import type { Node, TensorSpec } from "../../../models/graph.ts";
import { elements } from "../../../models/shape.ts";
import { channelSumKernel, channelSumParts } from "../channel_sums.ts";
import { type Binding, defineKernel, type Kernel } from "../kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "../layout.ts";
import type { Planning, StoredValue } from "../operation.ts";
import type { GradientParts, Plan } from "../plan.ts";

const ROWS = MAXIMUM_INVOCATIONS / LANES;

/** Such a norm with the places of what it reads and writes. */
export interface PlacedExampleNorm {
  readonly plan: Plan;
  readonly label: string;
  readonly node: Node;
  /** Groups of an example that are normalized each for itself. */
  readonly groups: number;
  readonly epsilon: number;
  readonly input: StoredValue;
  readonly output: StoredValue;
  readonly dInput: string | undefined;
  readonly dOutput: string | undefined;
}

/** `sum_of_rows(local, value)`: the sum over the rows of a workgroup for each of its lanes, in their order. */
const SUM_OF_ROWS = `var<workgroup> shared_values: array<f32, ${MAXIMUM_INVOCATIONS}>;

fn sum_of_rows(local: vec3u, value: f32) -> f32 {
  shared_values[local.y * ${LANES} + local.x] = value;
  workgroupBarrier();
  var total = 0.0;
  for (var row = 0u; row < ${ROWS}; row++) { total += shared_values[row * ${LANES} + local.x]; }
  workgroupBarrier();
  return total;
}`;

/** What the kernels of such a norm have in common. */
interface Shared {
  readonly placed: PlacedExampleNorm;
  /** Elements of an example, of a group, and those that share a weight. */
  readonly all: number;
  readonly each: number;
  readonly perWeight: number;
  /** [T,groups,N] vec2f: mean and 1/√(variance + ε). */
  readonly statistics: string;
}

/** WGSL of what element `e` has of a learned tensor. */
const learned = ({ placed: { plan }, perWeight }: Shared, { offset }: TensorSpec): string =>
  `parameters[trial * ${plan.strides.parameters} + ${offset} + e / ${perWeight}]`;

const parametersOf = ({ placed: { node } }: Shared): Record<string, Binding> =>
  node.tensors.weight ? { parameters: { buffer: "parameters", type: "f32" } } : {};

/** A kernel whose workgroups have a group of elements and a block of lanes each; `body` may use `forEach`. */
function groupKernel(
  { placed: { plan: { lanes }, groups }, all, each }: Shared,
  { label, bindings, body, bytes }: {
    readonly label: string;
    readonly bindings: Readonly<Record<string, Binding>>;
    readonly body: string;
    /** Of an element. */
    readonly bytes: number;
  },
): Kernel {
  return defineKernel({
    label,
    bindings,
    size: [LANES, ROWS],
    workgroups: [lanes / LANES, groups],
    work: { bytes: bytes * lanes * all },
    declarations: SUM_OF_ROWS,
    body: `  let n = group.x * ${LANES} + local.x;
  let first = group.y * ${each};
  let end = first + ${each};
  let start = trial * ${all};
  let statistic_at = (trial * ${groups} + group.y) * ${lanes} + n;
${body}`,
  });
}

/** WGSL that goes through an invocation's elements `e` of its group, at `at` in a buffer [T,elements,N]. */
const forEach = ({ placed: { plan: { lanes } } }: Shared, code: string): string =>
  `for (var e = first + local.y; e < end; e += ${ROWS}) {
    let at = (start + e) * ${lanes} + n;
    ${code}
  }`;

function forwardKernel(shared: Shared): Kernel {
  const { placed: { label, node, epsilon, input, output }, each, statistics } = shared;
  const { weight, bias } = node.tensors;
  const normalized = "(y[at] - mean) * inverse";
  return groupKernel(shared, {
    label,
    bindings: {
      y: { buffer: input.buffer, type: "f32" },
      ...parametersOf(shared),
      statistics: { buffer: statistics, type: "vec2f", write: true },
      z: { buffer: output.buffer, type: "f32", write: true },
    },
    bytes: 8,
    body: `  var sum = 0.0;
  ${forEach(shared, "sum += y[at];")}
  let mean = sum_of_rows(local, sum) / ${each};
  var squares = 0.0;
  ${forEach(shared, "let d = y[at] - mean; squares = fma(d, d, squares);")}
  let inverse = 1.0 / sqrt(sum_of_rows(local, squares) / ${each} + ${epsilon});
  if (local.y == 0) { statistics[statistic_at] = vec2f(mean, inverse); }
  ${
      forEach(
        shared,
        weight && bias
          ? `z[at] = fma(${normalized}, ${learned(shared, weight)}, ${learned(shared, bias)});`
          : `z[at] = ${normalized};`,
      )
    }`,
  });
}

function inputGradientKernel(shared: Shared, dz: string, dy: string): Kernel {
  const { placed: { label, node: { tensors: { weight } }, input }, each, statistics } = shared;
  const gradient = weight ? `${learned(shared, weight)} * d_z[at]` : "d_z[at]";
  return groupKernel(shared, {
    label: `${label} gradient`,
    bindings: {
      y: { buffer: input.buffer, type: "f32" },
      ...parametersOf(shared),
      statistics: { buffer: statistics, type: "vec2f" },
      d_z: { buffer: dz, type: "f32" },
      d_y: { buffer: dy, type: "f32", write: true },
    },
    bytes: 12,
    body: `  let statistic = statistics[statistic_at];
  var sum = 0.0;
  var products = 0.0;
  ${
      forEach(
        shared,
        `let g = ${gradient};
    sum += g;
    products = fma(g, (y[at] - statistic.x) * statistic.y, products);`,
      )
    }
  let mean = sum_of_rows(local, sum) / ${each};
  let mean_product = sum_of_rows(local, products) / ${each};
  ${
      forEach(
        shared,
        `let x_hat = (y[at] - statistic.x) * statistic.y;
    d_y[at] = statistic.y * (${gradient} - mean - x_hat * mean_product);`,
      )
    }`,
  });
}

/** Σ dz x̂ and Σ dz over the batch: the gradients of weight and bias. */
function learnedGradientKernel(
  { placed: { plan, label, node, groups, input }, each, perWeight, statistics }: Shared,
  dz: string,
  { weight, bias }: { readonly weight: GradientParts; readonly bias: GradientParts },
): Kernel {
  return channelSumKernel({
    label: `${label} weight gradient`,
    plan,
    channels: node.tensors.weight.length,
    map: perWeight,
    bindings: {
      y: { buffer: input.buffer, type: "f32" },
      statistics: { buffer: statistics, type: "vec2f" },
      d_z: { buffer: dz, type: "f32" },
    },
    prepare: `let statistic = statistics[(trial * ${groups} + e / ${each}) * ${plan.lanes} + n];
      let dz = d_z[at];`,
    terms: [
      { value: "dz * ((y[at] - statistic.x) * statistic.y)", parts: weight },
      { value: "dz", parts: bias },
    ],
  });
}

/** Plans such a norm forward and back. */
export function planExampleNorm(placed: PlacedExampleNorm): Planning {
  const { plan, node, groups, input, dInput, dOutput } = placed, { weight, bias } = node.tensors;
  const all = elements(input.shape), parts = channelSumParts(plan);
  const shared: Shared = {
    placed,
    all,
    each: all / groups,
    perWeight: weight === undefined ? 1 : all / weight.length,
    statistics: plan.buffer(`statistics${node.index + 1}`, 2 * groups * plan.lanes),
  };
  const learnedParts = weight && bias &&
    { weight: plan.gradientParts(weight, parts), bias: plan.gradientParts(bias, parts) };
  return () => ({
    forward: [forwardKernel(shared)],
    backward: dOutput === undefined ? [] : [
      ...(learnedParts ? [learnedGradientKernel(shared, dOutput, learnedParts)] : []),
      ...(dInput === undefined ? [] : [inputGradientKernel(shared, dOutput, dInput)]),
    ],
  });
}

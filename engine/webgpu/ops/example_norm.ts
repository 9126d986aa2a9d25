/**
 * Norms of an example by itself, over groups of its channels: group norm, layer norm and instance norm.
 *
 * x̂ = (y − mean) / √(variance + ε) over each group of the example; z = weight · x̂ + bias. On the way back, with
 * g = weight · dz, dy = (g − mean of g − x̂ · mean of g x̂) / √(variance + ε).
 *
 * @module
 */
import type { Node } from "../../../models/graph.ts";
import { elements } from "../../../models/shape.ts";
import { channelSumKernel, channelSumParts } from "../channel_sums.ts";
import { type Binding, defineKernel, type Kernel } from "../kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "../layout.ts";
import type { Planning, StoredValue } from "../operation.ts";
import type { Plan } from "../plan.ts";

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

/** Plans such a norm forward and back. */
export function planExampleNorm(placed: PlacedExampleNorm): Planning {
  const { plan, label, node, groups, epsilon, input, output, dInput, dOutput } = placed, { lanes } = plan;
  const { weight, bias } = node.tensors, all = elements(input.shape), each = all / groups;
  /** Elements that share a weight. */
  const shared = weight === undefined ? 1 : all / weight.length;
  const statistics = plan.buffer(`statistics${node.index + 1}`, 2 * groups * lanes);
  const parts = channelSumParts(plan);
  const weightParts = weight && plan.gradientParts(weight, parts);
  const biasParts = bias && plan.gradientParts(bias, parts);
  return () => {
    const { strides } = plan;
    const parameters: Record<string, Binding> = weight
      ? { parameters: { buffer: "parameters", type: "f32" } }
      : {};
    const learned = (offset: number) =>
      `parameters[trial * ${strides.parameters} + ${offset} + e / ${shared}]`;
    /** A kernel whose workgroups have a group of elements and a block of lanes each. */
    const kernel = (
      label: string,
      { bindings, body, bytes }: { bindings: Record<string, Binding>; body: string; bytes: number },
    ): Kernel =>
      defineKernel({
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
    const forEach = (code: string) =>
      `for (var e = first + local.y; e < end; e += ${ROWS}) {
    let at = (start + e) * ${lanes} + n;
    ${code}
  }`;
    const y: Binding = { buffer: input.buffer, type: "f32" };
    const statistic: Binding = { buffer: statistics, type: "vec2f" };
    const forward = kernel(label, {
      bindings: {
        y,
        ...parameters,
        statistics: { ...statistic, write: true },
        z: { buffer: output.buffer, type: "f32", write: true },
      },
      bytes: 8,
      body: `  var sum = 0.0;
  ${forEach("sum += y[at];")}
  let mean = sum_of_rows(local, sum) / ${each};
  var squares = 0.0;
  ${forEach("let d = y[at] - mean; squares = fma(d, d, squares);")}
  let inverse = 1.0 / sqrt(sum_of_rows(local, squares) / ${each} + ${epsilon});
  if (local.y == 0) { statistics[statistic_at] = vec2f(mean, inverse); }
  ${
        forEach(
          weight && bias
            ? `z[at] = fma((y[at] - mean) * inverse, ${learned(weight.offset)}, ${learned(bias.offset)});`
            : "z[at] = (y[at] - mean) * inverse;",
        )
      }`,
    });
    const dz: Binding = { buffer: dOutput ?? "", type: "f32" };
    const gradient = weight ? `${learned(weight.offset)} * d_z[at]` : "d_z[at]";
    const inputGradient = (dy: string) =>
      kernel(`${label} gradient`, {
        bindings: {
          y,
          ...parameters,
          statistics: statistic,
          d_z: dz,
          d_y: { buffer: dy, type: "f32", write: true },
        },
        bytes: 12,
        body: `  let statistic = statistics[statistic_at];
  var sum = 0.0;
  var products = 0.0;
  ${
          forEach(`let g = ${gradient};
    sum += g;
    products = fma(g, (y[at] - statistic.x) * statistic.y, products);`)
        }
  let mean = sum_of_rows(local, sum) / ${each};
  let mean_product = sum_of_rows(local, products) / ${each};
  ${
          forEach(
            `let x_hat = (y[at] - statistic.x) * statistic.y;
    d_y[at] = statistic.y * (${gradient} - mean - x_hat * mean_product);`,
          )
        }`,
      });
    const learn = (weightGradient: NonNullable<typeof weightParts>, biasGradient: typeof weightGradient) =>
      channelSumKernel({
        label: `${label} weight gradient`,
        plan,
        channels: weight.length,
        map: shared,
        bindings: { y, statistics: statistic, d_z: dz },
        prepare: `let statistic = statistics[(trial * ${groups} + e / ${each}) * ${lanes} + n];
      let dz = d_z[at];`,
        terms: [
          { value: "dz * ((y[at] - statistic.x) * statistic.y)", parts: weightGradient },
          { value: "dz", parts: biasGradient },
        ],
      });
    return {
      forward: [forward],
      backward: [
        ...(weightParts && biasParts ? [learn(weightParts, biasParts)] : []),
        ...(dInput === undefined || dOutput === undefined ? [] : [inputGradient(dInput)]),
      ],
    };
  };
}

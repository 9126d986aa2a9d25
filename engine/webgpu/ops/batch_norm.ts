/**
 * Batch norm by itself; see `models/layers/batch_norm.ts`. Ghost batch norm is the same for each part of the batch.
 *
 * @module
 */
import type { Node } from "../../../models/graph.ts";
import { elements } from "../../../models/shape.ts";
import {
  type BatchNorm,
  evaluationCoefficientsKernel,
  laneSumParts,
  laneSumsKernel,
  momentsKernel,
  planBatchNorm,
  positionsOfPart,
  SPLIT_STARTS,
  splitOf,
} from "../batch_moments.ts";
import { elementwiseKernel } from "../elementwise.ts";
import { defineKernel, type Kernel } from "../kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "../layout.ts";
import type { Planning, Room, StoredValue } from "../operation.ts";
import type { GradientParts, Plan } from "../plan.ts";
import { sumOfWorkgroup } from "../workgroup_sum.ts";

/** A batch norm with the places of what it reads and writes. */
export interface PlacedBatchNorm {
  readonly plan: Plan;
  readonly label: string;
  readonly node: Node;
  readonly splits?: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly input: StoredValue;
  readonly output: StoredValue;
  readonly dInput: string | undefined;
  readonly dOutput: string;
}

/** What the kernels of the way back have in common. */
interface WayBack {
  readonly plan: Plan;
  readonly label: string;
  readonly norm: BatchNorm;
  readonly positions: number;
  /** [T,K,positions,N]: what was normalized, and the gradient behind. */
  readonly y: string;
  readonly dz: string;
  /** [T,K,parts,N] vec2f: Σ dz and Σ dz x̂ of a few positions of an example. */
  readonly sums: string;
  /** [T,splits,K] vec2f: means of dz and dz x̂ over a part of the batch. */
  readonly means: string;
}

/** WGSL of the coefficients of channel `k` for example `n`. */
const coefficientOf = (norm: BatchNorm, { strides }: Plan): string =>
  `coefficients[trial * ${strides.coefficients} + ${norm.coefficientsAt} + split_of(n) * ${norm.channels} + k]`;

/** Sums of dz and dz x̂ of each channel over a few positions of an example. */
function gradientSumsKernel({ plan, label, norm, positions, y, dz, sums }: WayBack): Kernel {
  const { lanes } = plan, { channels } = norm;
  const parts = laneSumParts(positions), rows = MAXIMUM_INVOCATIONS / LANES, laneBlocks = lanes / LANES;
  const each = Math.ceil(positions / parts);
  return defineKernel({
    label: `${label} gradient sums`,
    bindings: {
      y: { buffer: y, type: "f32" },
      d_z: { buffer: dz, type: "f32" },
      coefficients: { buffer: "coefficients", type: "vec4f" },
      sums: { buffer: sums, type: "vec2f", write: true },
    },
    size: [LANES, rows],
    workgroups: [laneBlocks * Math.ceil(parts / rows), channels],
    work: { bytes: 4 * lanes * channels * (2 * positions + 2 * parts) },
    declarations: splitOf(norm.splits),
    body: `  let n = group.x % ${laneBlocks} * ${LANES} + local.x;
  let part = group.x / ${laneBlocks} * ${rows} + local.y;
  if (part >= ${parts}) { return; }
  let k = group.y;
  let coefficient = ${coefficientOf(norm, plan)};
  let start = (trial * ${channels} + k) * ${positions};
  var total = vec2f();
  for (var p = part * ${each}; p < min((part + 1) * ${each}, ${positions}); p++) {
    let at = (start + p) * ${lanes} + n;
    let dz = d_z[at];
    total += vec2f(dz, dz * ((y[at] - coefficient.x) * coefficient.y));
  }
  sums[((trial * ${channels} + k) * ${parts} + part) * ${lanes} + n] = total;`,
  });
}

/** The sums of each part of the batch: its means, and all together the gradients of weight and bias. */
function gradientMeansKernel(
  { plan, label, norm, positions, sums, means }: WayBack,
  { weight, bias }: { readonly weight: GradientParts; readonly bias: GradientParts },
): Kernel {
  const { lanes, strides } = plan, { channels, splits } = norm;
  const size = MAXIMUM_INVOCATIONS, total = laneSumParts(positions) * lanes;
  return defineKernel({
    label: `${label} gradient means`,
    bindings: {
      sums: { buffer: sums, type: "vec2f" },
      means: { buffer: means, type: "vec2f", write: true },
      partials: { buffer: "partials", type: "f32", write: true },
    },
    size: [size, 1],
    workgroups: [channels, 1],
    work: { bytes: 8 * total * channels },
    declarations: `${sumOfWorkgroup("vec2f")}\n${SPLIT_STARTS}`,
    body: `  let k = group.x;
  let start = (trial * ${channels} + k) * ${total};
  let splits = min(step.examples, ${splits}u);
  var all = vec2f();
  for (var split = 0u; split < splits; split++) {
    let first = first_of(split, splits);
    let end = first_of(split + 1u, splits);
    var sum = vec2f();
    for (var at = local.x; at < ${total}; at += ${size}) {
      if (at % ${lanes} >= first && at % ${lanes} < end) { sum += sums[start + at]; }
    }
    let of_split = sum_of_workgroup(local.x, sum);
    if (local.x == 0) {
      means[(trial * ${splits} + split) * ${channels} + k] = of_split / f32((end - first) * ${positions});
      all += of_split;
    }
  }
  if (local.x == 0) {
    let to = trial * ${strides.partials} + k;
    partials[to + ${weight.at}] = all.y;
    partials[to + ${bias.at}] = all.x;
  }`,
  });
}

/** dy = scale · (dz − mean of dz − x̂ · mean of dz x̂); 0 for examples that are none. */
function inputGradientKernel({ plan, label, norm, positions, y, dz, means }: WayBack, dy: string): Kernel {
  const { channels, splits } = norm;
  return elementwiseKernel({
    label: `${label} gradient`,
    lanes: plan.lanes,
    elements: channels * positions,
    bindings: {
      y: { buffer: y, type: "f32" },
      d_z: { buffer: dz, type: "f32" },
      coefficients: { buffer: "coefficients", type: "vec4f" },
      means: { buffer: means, type: "vec2f" },
      d_y: { buffer: dy, type: "f32", write: true },
    },
    declarations: splitOf(splits),
    body: `let k = e / ${positions};
  let coefficient = ${coefficientOf(norm, plan)};
  let mean = means[(trial * ${splits} + split_of(n)) * ${channels} + k];
  let x_hat = (y[at] - coefficient.x) * coefficient.y;
  let dy = coefficient.z * (d_z[at] - mean.x - x_hat * mean.y);
  d_y[at] = select(0.0, dy, n < step.examples);`,
    bytes: 12,
  });
}

/** Plans a batch norm forward and back. */
export function planBatchNormAlone(placed: PlacedBatchNorm): Planning {
  const { plan, label, node, input, output, dInput, dOutput } = placed, { lanes } = plan;
  const norm = planBatchNorm(plan, node, placed), { channels, splits } = norm;
  const positions = elements(input.shape) / channels, parts = laneSumParts(positions);
  // the way back needs room for its sums when those of the way forward have served
  const sums = plan.buffer(`sums${node.index + 1}`, 2 * channels * parts * lanes);
  const means = plan.buffer(`means${node.index + 1}`, 2 * channels * splits);
  const weight = plan.gradientParts(node.tensors.weight, 1);
  const bias = plan.gradientParts(node.tensors.bias, 1);
  const values = { label: `${label} sums`, lanes, channels, positions, values: input.buffer, sums };
  const back: WayBack = { plan, label, norm, positions, y: input.buffer, dz: dOutput, sums, means };
  return () => {
    const normalize = elementwiseKernel({
      label,
      lanes,
      elements: channels * positions,
      bindings: {
        y: { buffer: input.buffer, type: "f32" },
        coefficients: { buffer: "coefficients", type: "vec4f" },
        z: { buffer: output.buffer, type: "f32", write: true },
      },
      declarations: splitOf(splits),
      body: `let k = e / ${positions};
  let coefficient = ${coefficientOf(norm, plan)};
  z[at] = fma(y[at] - coefficient.x, coefficient.z, coefficient.w);`,
    });
    return {
      forward: [
        laneSumsKernel(values),
        momentsKernel({
          label: `${label} moments`,
          lanes,
          norm,
          plan,
          positions,
          parts,
          positionsOf: (part) => positionsOfPart(positions, part),
          sums,
        }),
        normalize,
      ],
      evaluate: [normalize],
      beforeEvaluation: [evaluationCoefficientsKernel(`${label} evaluation coefficients`, norm, plan)],
      backward: [
        gradientSumsKernel(back),
        gradientMeansKernel(back, { weight, bias }),
        ...(dInput === undefined ? [] : [inputGradientKernel(back, dInput)]),
      ],
    };
  };
}

export const batchNorm: Room<"batchNorm"> = {
  plan({ plan, label, node, operation, inputs: [input], output, dInputs: [dInput], dOutput }) {
    return planBatchNormAlone({ plan, label, node, ...operation, input, output, dInput, dOutput: dOutput! });
  },
};

/**
 * Gradients of what a layer learns by channel or by element: sums over examples and over the places that share it.
 *
 * @module
 */
import { type Binding, defineKernel, type Kernel, repeat } from "./kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "./layout.ts";
import type { GradientParts, Plan } from "./plan.ts";

const ROWS = MAXIMUM_INVOCATIONS / LANES;
/** Places from which on a workgroup has a single channel. */
const LARGE_MAP = 64;
/** Most workgroups along an axis: WebGPU's default limit. */
const MOST_WORKGROUPS = 65_535;

/** Parts that `channelSumKernel` leaves: one for each block of lanes. */
export const channelSumParts = ({ lanes }: Plan): number => lanes / LANES;

/**
 * Adds up, for each channel, WGSL values of its `map` elements `e` of the batch's examples `n`; `at` is an element's
 * index in a buffer [T,channels·map,N], and `prepare` may set what the values need.
 *
 * Each invocation has one example and some of a channel's elements; then the sums of a channel are added up in order.
 */
export function channelSumKernel(options: {
  readonly label: string;
  readonly plan: Plan;
  readonly channels: number;
  readonly map: number;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly declarations?: string;
  readonly prepare?: string;
  readonly terms: readonly { readonly value: string; readonly parts: GradientParts }[];
}): Kernel {
  const { label, plan, channels, map, bindings, declarations = "", prepare = "", terms } = options;
  const { lanes, strides } = plan, laneBlocks = lanes / LANES;
  const rows = map >= LARGE_MAP ? ROWS : 1, channelsAtOnce = ROWS / rows;
  const groups = Math.ceil(channels / channelsAtOnce);
  const folds = Math.ceil(groups / MOST_WORKGROUPS), down = Math.ceil(groups / folds);
  return defineKernel({
    label,
    bindings: { ...bindings, partials: { buffer: "partials", type: "f32", write: true } },
    size: [LANES, ROWS],
    workgroups: [laneBlocks * folds, down],
    work: { bytes: 4 * lanes * channels * map * Object.keys(bindings).length },
    declarations: `${
      repeat(terms.length, (i) => `var<workgroup> shared_sums${i}: array<f32, ${MAXIMUM_INVOCATIONS}>;`)
    }\n${declarations}`,
    body: `  let lane_block = group.x % ${laneBlocks};
  let n = lane_block * ${LANES} + local.x;
  let k = (group.x / ${laneBlocks} * ${down} + group.y) * ${channelsAtOnce} + local.y / ${rows};
${repeat(terms.length, (i) => `  var sum${i} = 0.0;`)}
  if (k < ${channels} && n < step.examples) {
    for (var p = local.y % ${rows}; p < ${map}; p += ${rows}) {
      let e = k * ${map} + p;
      let at = (trial * ${channels * map} + e) * ${lanes} + n;
      ${prepare}
${terms.map(({ value }, i) => `      sum${i} += ${value};`).join("\n")}
    }
  }
${repeat(terms.length, (i) => `  shared_sums${i}[local.y * ${LANES} + local.x] = sum${i};`)}
  workgroupBarrier();
  if (local.x == 0 && local.y % ${rows} == 0 && k < ${channels}) {
${repeat(terms.length, (i) => `    var total${i} = 0.0;`)}
    for (var other = 0u; other < ${rows * LANES}; other++) {
${repeat(terms.length, (i) => `      total${i} += shared_sums${i}[local.y * ${LANES} + other];`)}
    }
${
      terms.map(({ parts }, i) =>
        `    partials[trial * ${strides.partials} + ${parts.at} + lane_block * ${channels} + k] = total${i};`
      ).join("\n")
    }
  }`,
  });
}

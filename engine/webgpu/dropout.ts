/**
 * Dropout, whose masks are a pure function of seed, epoch and example: of single elements, or of whole channels.
 *
 * @module
 */
import { dropoutThreshold, Stream } from "../streams.ts";
import { type Binding, defineKernel, type Kernel, repeat } from "./kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "./layout.ts";
import { PHILOX } from "./philox.ts";

/** A dropout layer with its place in the streams. */
export interface DrawnDropout {
  readonly p: number;
  /** Among the iteration's dropout layers of both kinds. */
  readonly ordinal: number;
}

/** What kept elements are multiplied by, as WGSL takes it. */
export function keepScale(dropout: DrawnDropout | undefined): number {
  return dropout ? Math.fround(1 / (1 - dropout.p)) : 1;
}

/**
 * `draw_words(trial, n, block)`, the four words of a block of example `n`, and `draw_factors`, what they multiply
 * by; all ones in evaluation.
 */
export function dropoutWords(dropout: DrawnDropout, lanes: number) {
  const bindings: Record<string, Binding> = {
    seeds: { buffer: "seeds", type: "u32" },
    indices: { buffer: "indices", type: "u32" },
  };
  return {
    bindings,
    declarations: `${PHILOX}
fn draw_words(trial: u32, n: u32, block: u32) -> vec4u {
  let index = indices[trial * ${lanes} + n];
  return philox(vec4u(block, index, step.epoch, ${dropout.ordinal}), vec2u(seeds[trial], ${Stream.dropout}));
}

fn draw_factors(trial: u32, n: u32, block: u32) -> vec4f {
  if (step.training == 0u) { return vec4f(1.0); }
  let kept = (draw_words(trial, n, block) >> vec4u(8u)) >= vec4u(${dropoutThreshold(dropout.p)}u);
  return select(vec4f(0.0), vec4f(${keepScale(dropout)}), kept);
}
`,
  };
}

/**
 * to[e] = factor · from[e], forward and backward alike: the factor of element `e` comes from draw `e`, or that of
 * its channel.
 *
 * - `from`, `to` [T,elements,N] f32
 */
export function dropoutKernel(options: {
  readonly label: string;
  readonly dropout: DrawnDropout;
  readonly elements: number;
  /** Elements of a channel where whole channels are dropped. */
  readonly channelMap?: number;
  readonly lanes: number;
  readonly from: string;
  readonly to: string;
}): Kernel {
  const { label, dropout, elements, channelMap, lanes, from, to } = options;
  const rows = MAXIMUM_INVOCATIONS / LANES;
  const { bindings, declarations } = dropoutWords(dropout, lanes);
  return defineKernel({
    label,
    bindings: {
      from_values: { buffer: from, type: "f32" },
      to_values: { buffer: to, type: "f32", write: true },
      ...bindings,
    },
    size: [LANES, rows],
    workgroups: [lanes / LANES, Math.ceil(elements / 4 / rows)],
    work: { bytes: 8 * lanes * elements },
    declarations,
    body: `  let n = group.x * ${LANES} + local.x;
  let e0 = (group.y * ${rows} + local.y) * 4;
  if (e0 >= ${elements}) { return; }
  ${channelMap === undefined ? "let factors = draw_factors(trial, n, e0 / 4);" : ""}
${
      repeat(4, (q) => {
        const guard = elements % 4 !== 0 && q > 0 ? `if (e0 + ${q} < ${elements}) ` : "";
        const factor = channelMap === undefined ? `factors[${q}]` : `draw_factors(trial, n, c / 4)[c % 4]`;
        return `  ${guard}{
    let e = e0 + ${q};
    ${channelMap === undefined ? "" : `let c = e / ${channelMap};`}
    let at = (trial * ${elements} + e) * ${lanes} + n;
    to_values[at] = from_values[at] * ${factor};
  }`;
      })
    }`,
  });
}

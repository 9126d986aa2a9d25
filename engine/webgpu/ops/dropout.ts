/**
 * Dropout of single elements; see `models/layers/dropout.ts`.
 *
 * @module
 */
import { elements } from "../../../models/shape.ts";
import { type DrawnDropout, dropoutWords } from "../dropout_masks.ts";
import { defineKernel, type Kernel, repeat } from "../kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "../layout.ts";
import type { Planning, Room, Site } from "../operation.ts";

/**
 * to[e] = factor · from[e], forward and backward alike: the factor of element `e` comes from draw `e`, or that of
 * its channel.
 *
 * - `from`, `to` [T,elements,N] f32
 */
function dropoutKernel(options: {
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

/** Plans a dropout, of elements or of channels that have `channelMap` elements each. */
export function planDropout(
  { plan: { lanes }, label, node, operation, inputs: [input], output, dInputs: [dInput], dOutput }:
    & Omit<Site, "operation">
    & { readonly operation: { readonly p: number } },
  channelMap?: number,
): Planning {
  const dropout = { p: operation.p, ordinal: node.randomOrdinal! };
  const options = { dropout, elements: elements(input.shape), channelMap, lanes };
  return () => ({
    forward: [dropoutKernel({ ...options, label, from: input.buffer, to: output.buffer })],
    backward: dInput === undefined || dOutput === undefined
      ? []
      : [dropoutKernel({ ...options, label: `${label} gradient`, from: dOutput, to: dInput })],
  });
}

export const dropout: Room<"dropout"> = { plan: (site) => planDropout(site) };

/**
 * Max-pool; see `models/layers/max_pool.ts`.
 *
 * The way forward notes where in its window each maximum lies, so that the way back looks at no value again.
 *
 * @module
 */
import type { Node } from "../../../models/graph.ts";
import { elements, type Window } from "../../../models/shape.ts";
import { elementwiseKernel } from "../elementwise.ts";
import type { Planning, Room, StoredValue } from "../operation.ts";
import type { Plan } from "../plan.ts";

/** A pool with the places of what it reads and writes. */
export interface PlacedPool {
  readonly plan: Plan;
  readonly label: string;
  readonly node: Node;
  /** In rows and columns; its dilation is 1. */
  readonly windows: { readonly down: Window; readonly across: Window };
  readonly input: StoredValue;
  readonly output: StoredValue;
  readonly dInput: string | undefined;
  readonly dOutput: string | undefined;
}

/** WGSL that goes through the windows that hold row `h` and column `w`, `i` and `j` their row and column. */
export function forWindowsOf(
  { down, across }: PlacedPool["windows"],
  [outHeight, outWidth]: readonly [number, number],
  code: string,
): string {
  // the first window that reaches to the element, and the last that starts in front of it
  const first = (at: string, { size, stride, padding }: Window) =>
    `u32(max(0, (i32(${at}) + ${padding} - ${size} + ${stride})) / ${stride})`;
  const end = (at: string, { stride, padding }: Window, count: number) =>
    `min(${count}u, (${at} + ${padding}u) / ${stride}u + 1u)`;
  return `for (var i = ${first("h", down)}; i < ${end("h", down, outHeight)}; i++) {
    for (var j = ${first("w", across)}; j < ${end("w", across, outWidth)}; j++) {
      ${code}
    }
  }`;
}

/** WGSL that goes through the part of window (i, j) that lies inside the map, row `a` and column `b` of the window. */
export function insideWindow(
  { down, across }: PlacedPool["windows"],
  [height, width]: readonly [number, number],
  code: string,
): string {
  const loop = (at: string, of: string, { size, stride, padding }: Window, all: number) =>
    `for (var ${at} = max(0, ${padding} - i32(${of}) * ${stride}); ${at} < min(${size}, ${all} + ${padding} - i32(${of}) * ${stride}); ${at}++) {`;
  return `${loop("a", "i", down, height)}
    ${loop("b", "j", across, width)}
      let place = u32((i32(i) * ${down.stride} + a - ${down.padding}) * ${width} + i32(j) * ${across.stride} + b - ${across.padding});
      ${code}
    }
  }`;
}

/** The map of a value, whose shape is [C,H,W] or [C] for [C,1,1]. */
export const mapOf = ({ shape: [, height = 1, width = 1] }: StoredValue): readonly [number, number] => [
  height,
  width,
];

/** Plans a max-pool forward and back. */
export function planMaxPool(placed: PlacedPool): Planning {
  const { plan, label, node, windows, input, output, dInput, dOutput } = placed, { lanes } = plan;
  const map = mapOf(input), outMap = mapOf(output), [height, width] = map, [outHeight, outWidth] = outMap;
  const inElements = elements(input.shape), outElements = elements(output.shape);
  const winners = dInput === undefined
    ? undefined
    : plan.buffer(`winners${node.index + 1}`, outElements * lanes);
  const channelOf = `trial * ${input.shape[0]} + e`;
  return () => ({
    forward: [elementwiseKernel({
      label,
      lanes,
      elements: outElements,
      bindings: {
        input: { buffer: input.buffer, type: "f32" },
        output: { buffer: output.buffer, type: "f32", write: true },
        ...(winners ? { winners: { buffer: winners, type: "u32", write: true } as const } : {}),
      },
      body: `let i = e / ${outWidth} % ${outHeight};
  let j = e % ${outWidth};
  let start = (${channelOf} / ${outHeight * outWidth}) * ${height * width};
  var best = 0.0;
  var winner = ${height * width}u;
  ${
        insideWindow(
          windows,
          map,
          `let value = input[(start + place) * ${lanes} + n];
      if (winner == ${height * width}u || value > best) { best = value; winner = place; }`,
        )
      }
  output[at] = best;
  ${winners ? "winners[at] = winner;" : ""}`,
      bytes: 4 * (inElements / outElements + (winners ? 2 : 1)),
    })],
    backward: dInput === undefined || winners === undefined || dOutput === undefined
      ? []
      : [elementwiseKernel({
        label: `${label} gradient`,
        lanes,
        elements: inElements,
        bindings: {
          winners: { buffer: winners, type: "u32" },
          d_output: { buffer: dOutput, type: "f32" },
          d_input: { buffer: dInput, type: "f32", write: true },
        },
        body: `let h = e / ${width} % ${height};
  let w = e % ${width};
  let place = h * ${width} + w;
  let start = (${channelOf} / ${height * width}) * ${outHeight * outWidth};
  var total = 0.0;
  ${
          forWindowsOf(
            windows,
            outMap,
            `let source = (start + i * ${outWidth} + j) * ${lanes} + n;
      if (winners[source] == place) { total += d_output[source]; }`,
          )
        }
  d_input[at] = total;`,
        bytes: 4 * (2 * outElements / inElements + 1),
      })],
  });
}

export const maxPool: Room<"maxPool"> = {
  plan({ plan, label, node, operation, inputs: [input], output, dInputs: [dInput], dOutput }) {
    const window = { ...operation, dilation: 1 }, windows = { down: window, across: window };
    return planMaxPool({ plan, label, node, windows, input, output, dInput, dOutput });
  },
};

/**
 * Average pool; see `models/layers/average_pool.ts`.
 *
 * @module
 */
import { elements } from "../../../models/shape.ts";
import { elementwiseKernel } from "../elementwise.ts";
import type { Planning, Room } from "../operation.ts";
import { forWindowsOf, insideWindow, mapOf, type PlacedPool } from "./max_pool.ts";

/** Plans an average pool forward and back; its windows lie inside the map. */
export function planAveragePool(placed: Omit<PlacedPool, "node">): Planning {
  const { plan, label, windows, input, output, dInput, dOutput } = placed, { lanes } = plan;
  const map = mapOf(input), outMap = mapOf(output), [height, width] = map, [outHeight, outWidth] = outMap;
  const inElements = elements(input.shape), outElements = elements(output.shape);
  const area = windows.down.size * windows.across.size, channelOf = `trial * ${input.shape[0]} + e`;
  return () => ({
    forward: [elementwiseKernel({
      label,
      lanes,
      elements: outElements,
      bindings: {
        input: { buffer: input.buffer, type: "f32" },
        output: { buffer: output.buffer, type: "f32", write: true },
      },
      body: `let i = e / ${outWidth} % ${outHeight};
  let j = e % ${outWidth};
  let start = (${channelOf} / ${outHeight * outWidth}) * ${height * width};
  var total = 0.0;
  ${insideWindow(windows, map, `total += input[(start + place) * ${lanes} + n];`)}
  output[at] = total / ${area};`,
      bytes: 4 * (inElements / outElements + 1),
    })],
    backward: dInput === undefined || dOutput === undefined ? [] : [elementwiseKernel({
      label: `${label} gradient`,
      lanes,
      elements: inElements,
      bindings: {
        d_output: { buffer: dOutput, type: "f32" },
        d_input: { buffer: dInput, type: "f32", write: true },
      },
      body: `let h = e / ${width} % ${height};
  let w = e % ${width};
  let start = (${channelOf} / ${height * width}) * ${outHeight * outWidth};
  var total = 0.0;
  ${forWindowsOf(windows, outMap, `total += d_output[(start + i * ${outWidth} + j) * ${lanes} + n];`)}
  d_input[at] = total / ${area};`,
      bytes: 4 * (outElements / inElements + 1),
    })],
  });
}

export const averagePool: Room<"averagePool"> = {
  plan({ plan, label, operation, inputs: [input], output, dInputs: [dInput], dOutput }) {
    const window = { ...operation, padding: 0, dilation: 1 }, windows = { down: window, across: window };
    return planAveragePool({ plan, label, windows, input, output, dInput, dOutput });
  },
};

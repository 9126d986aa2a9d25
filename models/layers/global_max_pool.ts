/**
 * The largest of each channel, [C,H,W] → [C]; a tie goes to the first, row by row.
 *
 * @module
 */
import { needMap } from "../shape.ts";
import { layerKind } from "./layer_kind.ts";

export const globalMaxPool = layerKind("globalMaxPool", {
  fields: {},
  output(_, input) {
    needMap(input);
    return [input[0]];
  },
  window: (_, input) => ({ size: Math.max(input[1], input[2]), stride: 1, padding: 0, dilation: 1 }),
  channelShift: () => "kept",
});

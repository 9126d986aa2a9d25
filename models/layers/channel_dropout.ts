/**
 * In training, each channel of each example is 0 with probability p and divided by 1 − p otherwise; nothing in
 * evaluation. The meaning of PyTorch's `Dropout2d`.
 *
 * @module
 */
import { belowOne } from "../fields.ts";
import { needMap } from "../shape.ts";
import { layerKind } from "./layer_kind.ts";

export const channelDropout = layerKind("channelDropout", {
  fields: { p: belowOne },
  output(_, input) {
    needMap(input);
    return input;
  },
  random: true,
});

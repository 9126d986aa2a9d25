/**
 * Normalizes each channel of each example over its places, nothing learned; the meaning of PyTorch's
 * `InstanceNorm2d`.
 *
 * Source: Ulyanov, Vedaldi and Lempitsky (2016), arXiv:1607.08022.
 *
 * @module
 */
import { optional, positive } from "../fields.ts";
import { MisfitError, needMap } from "../shape.ts";
import { layerKind } from "./layer_kind.ts";

export const instanceNorm = layerKind("instanceNorm", {
  fields: { epsilon: optional(positive, 1e-5) },
  output(_, input) {
    needMap(input);
    if (input[1] * input[2] < 2) throw new MisfitError("more than one place in each channel");
    return input;
  },
  channelShift: () => "removed",
});

/**
 * Normalizes each example over everything, then scales and shifts by element; the meaning of PyTorch's `LayerNorm`
 * over [C,H,W].
 *
 * Source: Ba, Kiros and Hinton (2016), arXiv:1607.06450.
 *
 * @module
 */
import { optional, positive } from "../fields.ts";
import { isMap } from "../shape.ts";
import { keepsShape, layerKind } from "./layer_kind.ts";
import { channelAffine } from "./norm_tensors.ts";

export const layerNorm = layerKind("layerNorm", {
  fields: { epsilon: optional(positive, 1e-5) },
  output: keepsShape,
  tensors: (_, input) => channelAffine(input),
  channelShift: (_, input) => isMap(input) && input[0] === 1 ? "removed" : "changed",
});

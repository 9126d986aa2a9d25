/**
 * The mean of each window. Windows that do not fit are left out: the meaning of PyTorch's `AvgPool2d`.
 *
 * @module
 */
import { optional, positiveInteger, SameAs } from "../fields.ts";
import { slide } from "../shape.ts";
import { layerKind } from "./layer_kind.ts";

export const averagePool = layerKind("averagePool", {
  fields: { size: positiveInteger, stride: optional(positiveInteger, new SameAs("size")) },
  output: (layer, input) => [input[0], ...slide(input, { ...layer, padding: 0, dilation: 1 })],
  window: (layer) => ({ ...layer, padding: 0, dilation: 1 }),
  channelShift: () => "kept",
});

/**
 * The largest of each window; a tie goes to the first, row by row. Windows that do not fit are left out, and padding
 * is never the largest: the meaning of PyTorch's `MaxPool2d`.
 *
 * @module
 */
import { optional, positiveInteger, SameAs, wholeNumber } from "../fields.ts";
import { MisfitError, slide } from "../shape.ts";
import { layerKind } from "./layer_kind.ts";

export const maxPool = layerKind("maxPool", {
  fields: {
    size: positiveInteger,
    stride: optional(positiveInteger, new SameAs("size")),
    padding: optional(wholeNumber, 0),
  },
  output(layer, input) {
    if (2 * layer.padding > layer.size) throw new MisfitError('"padding" of at most half of "size"');
    return [input[0], ...slide(input, { ...layer, dilation: 1 })];
  },
  window: (layer) => ({ ...layer, dilation: 1 }),
  channelShift: () => "kept",
});

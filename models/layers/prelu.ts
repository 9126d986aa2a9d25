/**
 * x where it is above 0, else a · x with a learned slope a for each channel, or one for all; the meaning of PyTorch's
 * `PReLU`, whose slopes start at 0.25.
 *
 * Source: He, Zhang, Ren and Sun (2015), arXiv:1502.01852.
 *
 * @module
 */
import { flag, optional } from "../fields.ts";
import { keepsShape, layerKind } from "./layer_kind.ts";

export const prelu = layerKind("prelu", {
  fields: { shared: optional(flag, false) },
  output: keepsShape,
  tensors: (layer, [channels]) => [{
    name: "weight",
    group: "slope",
    shape: [layer.shared ? 1 : channels],
    start: { kind: "constant", value: 0.25 },
  }],
});

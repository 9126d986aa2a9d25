/**
 * In evaluation a value passes as it is.
 *
 * @module
 */
import { isMap } from "../../models/shape.ts";
import type { LayerForms } from "../layer_forms.ts";

export const channelDropout: LayerForms<"channelDropout"> = {
  onnx: (_, { inputs: [x] }) => x,
  // a channel of a vector is one element
  pytorch: ({ p }, { input }) => ({ module: `nn.Dropout${isMap(input) ? "2d" : ""}(${p})` }),
};

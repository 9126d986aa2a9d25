/**
 * In evaluation a value passes as it is.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

export const dropout: LayerForms<"dropout"> = {
  onnx: (_, { inputs: [x] }) => x,
  pytorch: ({ p }) => ({ module: `nn.Dropout(${p})` }),
};

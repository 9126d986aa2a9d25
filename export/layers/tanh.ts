/**
 * `Tanh` in both.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

export const tanh: LayerForms<"tanh"> = {
  onnx: (_, scope) => scope.add("Tanh", scope.inputs),
  pytorch: () => ({ module: "nn.Tanh()" }),
};

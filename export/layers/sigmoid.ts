/**
 * `Sigmoid` in both.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

export const sigmoid: LayerForms<"sigmoid"> = {
  onnx: (_, scope) => scope.add("Sigmoid", scope.inputs),
  pytorch: () => ({ module: "nn.Sigmoid()" }),
};

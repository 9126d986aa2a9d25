/**
 * `Clip`, `ReLU6`.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

export const relu6: LayerForms<"relu6"> = {
  onnx: (_, scope) =>
    scope.add("Clip", [...scope.inputs, scope.floats("least", [0], []), scope.floats("most", [6], [])]),
  pytorch: () => ({ module: "nn.ReLU6()" }),
};

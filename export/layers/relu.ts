/**
 * `Relu`, `ReLU`.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

export const relu: LayerForms<"relu"> = {
  onnx: (_, scope) => scope.add("Relu", scope.inputs),
  pytorch: () => ({ module: "nn.ReLU()" }),
};

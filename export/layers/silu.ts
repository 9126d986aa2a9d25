/**
 * x times `Sigmoid`, `SiLU`.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

export const silu: LayerForms<"silu"> = {
  onnx(_, scope) {
    const [x] = scope.inputs;
    return scope.add("Mul", [x, scope.add("Sigmoid", [x])]);
  },
  pytorch: () => ({ module: "nn.SiLU()" }),
};

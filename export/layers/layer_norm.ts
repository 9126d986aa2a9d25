/**
 * Layer norm over everything: `LayerNormalization` from axis 1 on, `LayerNorm`.
 *
 * @module
 */
import { keywords, type LayerForms, present } from "../layer_forms.ts";

export const layerNorm: LayerForms<"layerNorm"> = {
  onnx: ({ epsilon }, scope) =>
    scope.add("LayerNormalization", [scope.inputs[0], ...present(scope, "weight", "bias")], {
      axis: { integer: 1 },
      epsilon: { float: epsilon },
    }),
  pytorch: ({ epsilon }, { input }) => ({
    module: `nn.LayerNorm([${input.join(", ")}]${keywords({ eps: [epsilon, 1e-5] })})`,
  }),
};

/**
 * x · (1 + erf(x/√2)) / 2, spelled out: ONNX has an operator of its own from opset 20 on.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

export const gelu: LayerForms<"gelu"> = {
  onnx(_, scope) {
    const [x] = scope.inputs;
    const erf = scope.add("Erf", [scope.add("Mul", [x, scope.floats("scale", [Math.SQRT1_2], [])])]);
    const twice = scope.add("Add", [erf, scope.floats("one", [1], [])]);
    return scope.add("Mul", [scope.add("Mul", [x, twice]), scope.floats("half", [0.5], [])]);
  },
  pytorch: () => ({ module: "nn.GELU()" }),
};

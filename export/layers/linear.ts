/**
 * Linear layer: `Gemm` with a transposed weight, `Linear`.
 *
 * @module
 */
import { type LayerForms, present, pythonFlag } from "../layer_forms.ts";

export const linear: LayerForms<"linear"> = {
  onnx: (_, scope) =>
    scope.add("Gemm", [scope.inputs[0], ...present(scope, "weight", "bias")], { transB: { integer: 1 } }),
  pytorch: ({ out, bias }, { input: [channels] }) => ({
    module: `nn.Linear(${channels}, ${out}${bias ? "" : `, bias=${pythonFlag(false)}`})`,
  }),
};

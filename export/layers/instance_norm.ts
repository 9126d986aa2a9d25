/**
 * Instance norm without an affine part: `InstanceNormalization` scaled by 1, `InstanceNorm2d`.
 *
 * @module
 */
import { keywords, type LayerForms } from "../layer_forms.ts";

export const instanceNorm: LayerForms<"instanceNorm"> = {
  onnx({ epsilon }, scope) {
    const { inputs: [x], input: [channels] } = scope;
    const ones = scope.floats("one", new Array(channels).fill(1));
    const zeros = scope.floats("zero", new Array(channels).fill(0));
    return scope.add("InstanceNormalization", [x, ones, zeros], { epsilon: { float: epsilon } });
  },
  pytorch: ({ epsilon }, { input: [channels] }) => ({
    module: `nn.InstanceNorm2d(${channels}${keywords({ eps: [epsilon, 1e-5] })})`,
  }),
};

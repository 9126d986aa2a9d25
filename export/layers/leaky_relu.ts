/**
 * `LeakyRelu`, `LeakyReLU`.
 *
 * @module
 */
import { type LayerForms, pythonNumber } from "../layer_forms.ts";

export const leakyRelu: LayerForms<"leakyRelu"> = {
  onnx: ({ slope }, scope) => scope.add("LeakyRelu", scope.inputs, { alpha: { float: slope } }),
  pytorch: ({ slope }) => ({ module: `nn.LeakyReLU(${pythonNumber(slope)})` }),
};

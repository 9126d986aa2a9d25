/**
 * `PRelu`, `PReLU`.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

export const prelu: LayerForms<"prelu"> = {
  onnx({ shared }, scope) {
    const [channels, ...places] = scope.input;
    // slopes are spread over the last dimensions, so those by channel say where the channels are
    const slopes = scope.tensor("weight", shared ? [1] : [channels, ...places.map(() => 1)]);
    return scope.add("PRelu", [...scope.inputs, slopes]);
  },
  pytorch: ({ shared }, { input: [channels] }) => ({ module: `nn.PReLU(${shared ? "" : channels})` }),
};

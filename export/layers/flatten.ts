/**
 * `Flatten` in both; rows of a channel one after the other in both.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

export const flatten: LayerForms<"flatten"> = {
  onnx: (_, scope) => scope.add("Flatten", scope.inputs, { axis: { integer: 1 } }),
  pytorch: () => ({ module: "nn.Flatten()" }),
};

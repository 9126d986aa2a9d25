/**
 * `HardSwish`, `Hardswish`.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

export const hardSwish: LayerForms<"hardSwish"> = {
  onnx: (_, scope) => scope.add("HardSwish", scope.inputs),
  pytorch: () => ({ module: "nn.Hardswish()" }),
};

/**
 * `GlobalMaxPool` and `Flatten`; PyTorch has a class for it that keeps two dimensions more.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

const DEFINITION = `class GlobalMaxPool(nn.Module):
    """The largest of each channel: [N,C,H,W] to [N,C]."""

    def forward(self, x):
        return x.amax(dim=(2, 3))`;

export const globalMaxPool: LayerForms<"globalMaxPool"> = {
  onnx: (_, scope) =>
    scope.add("Flatten", [scope.add("GlobalMaxPool", scope.inputs)], { axis: { integer: 1 } }),
  pytorch: () => ({ module: "GlobalMaxPool()", definition: DEFINITION }),
};

/**
 * `GlobalAveragePool` and `Flatten`; PyTorch has a class for it that keeps two dimensions more.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

const DEFINITION = `class GlobalAveragePool(nn.Module):
    """The mean of each channel: [N,C,H,W] to [N,C]."""

    def forward(self, x):
        return x.mean(dim=(2, 3))`;

export const globalAveragePool: LayerForms<"globalAveragePool"> = {
  onnx: (_, scope) =>
    scope.add("Flatten", [scope.add("GlobalAveragePool", scope.inputs)], { axis: { integer: 1 } }),
  pytorch: () => ({ module: "GlobalAveragePool()", definition: DEFINITION }),
};

/**
 * Branches one behind the other: `Concat`, and a class of its own.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

const DEFINITION = `class Concat(nn.ModuleList):
    """Several ways for one value, one behind the other along the channels."""

    def forward(self, x):
        return torch.cat([branch(x) for branch in self], dim=1)`;

export const concat: LayerForms<"concat"> = {
  onnx: (_, scope) => scope.add("Concat", scope.inputs, { axis: { integer: 1 } }),
  pytorch: () => ({ module: "Concat", definition: DEFINITION }),
};

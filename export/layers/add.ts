/**
 * The sum of branches: `Add`, and a class of its own.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";

const DEFINITION = `class Add(nn.ModuleList):
    """Several ways for one value, added at the end."""

    def forward(self, x):
        first, *others = [branch(x) for branch in self]
        for other in others:
            first = first + other
        return first`;

export const add: LayerForms<"add"> = {
  // two at a time, in the order of the branches: the order decides the last bits
  onnx: (_, scope) => scope.inputs.reduce((sum, branch) => scope.add("Add", [sum, branch])),
  pytorch: () => ({ module: "Add", definition: DEFINITION }),
};

/**
 * Normalizes each example over everything, then scales and shifts by element.
 *
 * @module
 */
import { casesOfAllSizes } from "../elementwise.ts";
import type { ReferenceOperation } from "../reference_operation.ts";
import { affine, standardize } from "../standardize.ts";

export const layerNorm: ReferenceOperation<"layerNorm"> = {
  forward({ epsilon }, [input], { tensors }) {
    const [N, , H, W] = input.shape;
    const standard = standardize(input, N, (n) => n, epsilon);
    const { output, backward } = affine(standard.output, tensors, (_, c, h, w) => (c * H + h) * W + w);
    return {
      output,
      backward(dOutput) {
        const { input: dStandard, tensors } = backward(dOutput);
        return { inputs: [standard.backward(dStandard)], tensors };
      },
    };
  },
  // a single number has no variance
  cases: casesOfAllSizes<"layerNorm">({ kind: "layerNorm" }).filter(({ inputs: [input] }) =>
    input.some((size) => size > 1)
  ),
};

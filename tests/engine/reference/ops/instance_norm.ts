/**
 * Normalizes each channel of each example over its places.
 *
 * @module
 */
import { casesOfAllSizes } from "../elementwise.ts";
import type { ReferenceOperation } from "../reference_operation.ts";
import { standardize } from "../standardize.ts";

export const instanceNorm: ReferenceOperation<"instanceNorm"> = {
  forward({ epsilon }, [input]) {
    const [N, C] = input.shape;
    const { output, backward } = standardize(input, N * C, (n, c) => n * C + c, epsilon);
    return { output, backward: (dOutput) => ({ inputs: [backward(dOutput)] }) };
  },
  cases: casesOfAllSizes<"instanceNorm">({ kind: "instanceNorm" }).filter(({ inputs: [input] }) =>
    input.length === 3 && input[1] > 1
  ),
};

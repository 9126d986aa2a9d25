/**
 * x where it is above 0, else a · x with a learned slope a by channel, or one for all.
 *
 * @module
 */
import { casesOfAllSizes, casesOfFewSizes } from "../elementwise.ts";
import type { ReferenceOperation } from "../reference_operation.ts";
import { forEachElement, zeros } from "../tensor.ts";

export const prelu: ReferenceOperation<"prelu"> = {
  forward({ shared }, [input], { tensors: { weight } }) {
    const output = zeros(input.shape);
    forEachElement(input.shape, (o, _, c) => {
      const x = input.data[o];
      output.data[o] = x > 0 ? x : weight[shared ? 0 : c] * x;
    });
    return {
      output,
      backward(dOutput) {
        const dInput = zeros(input.shape), dWeight = new Float64Array(weight.length);
        forEachElement(input.shape, (o, _, c) => {
          const x = input.data[o], dy = dOutput.data[o], slope = shared ? 0 : c;
          dInput.data[o] = x > 0 ? dy : weight[slope] * dy;
          if (x <= 0) dWeight[slope] += x * dy;
        });
        return { inputs: [dInput], tensors: { weight: dWeight } };
      },
    };
  },
  cases: [
    ...casesOfAllSizes<"prelu">({ kind: "prelu" }),
    ...casesOfFewSizes<"prelu">({ kind: "prelu", shared: true }).map((each) => ({
      ...each,
      name: `${each.name}, one slope`,
    })),
  ],
};

/**
 * Several values one behind the other along the channels.
 *
 * @module
 */
import type { OperationCase, ReferenceOperation } from "../reference_operation.ts";
import { type Tensor, zeros } from "../tensor.ts";

const behind = (
  channels: readonly number[],
  places: readonly number[],
  examples: number,
): OperationCase<"concat"> => ({
  name: `concat of ${channels.join(", ")} channels${
    places.length === 0 ? ", flat" : ` of ${places.join("×")}`
  }, ${examples} examples`,
  operation: { kind: "concat" },
  inputs: channels.map((count) => [count, ...places]),
  examples,
});

export const concat: ReferenceOperation<"concat"> = {
  forward(_, inputs) {
    const [N, , H, W] = inputs[0].shape;
    const C = inputs.reduce((total, { shape }) => total + shape[1], 0);
    const output = zeros([N, C, H, W]);
    /** Visits each example of each input: where it lies there and in the whole, and its length. */
    const forEachPart = (visit: (input: number, from: number, to: number, length: number) => void) => {
      for (let n = 0; n < N; n++) {
        let to = n * C * H * W;
        inputs.forEach(({ shape }, input) => {
          const length = shape[1] * H * W;
          visit(input, n * length, to, length);
          to += length;
        });
      }
    };
    forEachPart((input, from, to, length) =>
      output.data.set(inputs[input].data.subarray(from, from + length), to)
    );
    return {
      output,
      backward(dOutput) {
        const gradients: Tensor[] = inputs.map(({ shape }) => zeros(shape));
        forEachPart((input, from, to, length) =>
          gradients[input].data.set(dOutput.data.subarray(to, to + length), from)
        );
        return { inputs: gradients };
      },
    };
  },
  cases: [
    behind([1, 1], [28, 28], 1),
    behind([1, 3], [5, 5], 9),
    behind([4, 4, 12], [3, 3], 5),
    behind([7, 2, 5], [2, 2], 8),
    behind([8, 9], [7, 7], 17),
    behind([3, 1, 6], [], 7),
  ],
};

/**
 * Each element is 0 with probability p and divided by 1 − p otherwise; element (c,h,w) takes draw (c·H + h)·W + w.
 *
 * @module
 */
import { drop } from "../drops.ts";
import { casesOfAllSizes } from "../elementwise.ts";
import type { ReferenceOperation } from "../reference_operation.ts";

export const dropout: ReferenceOperation<"dropout"> = {
  forward({ p }, [input], { training }) {
    const [, , H, W] = input.shape;
    return drop(input, p, training, (c, h, w) => (c * H + h) * W + w);
  },
  cases: [
    ...casesOfAllSizes<"dropout">({ kind: "dropout", p: 0.3 }),
    { name: "dropout with p = 0", operation: { kind: "dropout", p: 0 }, inputs: [[3, 4, 4]], examples: 5 },
    {
      name: "dropout with a p that rounds to 1",
      operation: { kind: "dropout", p: 1 - 2 ** -26 },
      inputs: [[3, 4, 4]],
      examples: 5,
    },
  ],
};

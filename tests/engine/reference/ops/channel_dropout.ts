/**
 * Each channel of each example is 0 with probability p and divided by 1 − p otherwise; channel c takes draw c.
 *
 * @module
 */
import { drop } from "../drops.ts";
import { casesOfAllSizes } from "../elementwise.ts";
import type { ReferenceOperation } from "../reference_operation.ts";

export const channelDropout: ReferenceOperation<"channelDropout"> = {
  forward: ({ p }, [input], { training }) => drop(input, p, training, (c) => c),
  cases: casesOfAllSizes<"channelDropout">({ kind: "channelDropout", p: 0.4 }).filter(({ inputs: [input] }) =>
    input.length === 3
  ),
};

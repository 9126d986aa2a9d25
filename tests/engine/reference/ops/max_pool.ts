/**
 * The largest of each window; a tie's gradient goes to the first, row by row.
 *
 * @module
 */
import { largest } from "../pools.ts";
import type { OperationCase, ReferenceOperation, Written } from "../reference_operation.ts";

const pool = (
  options: Omit<Written<"maxPool">, "kind">,
  [channels, side]: readonly [number, number],
  examples: number,
): OperationCase<"maxPool"> => ({
  name: `maxPool ${JSON.stringify(options).replace(/["{}]/g, "").replaceAll(",", ", ")} of ` +
    `[${channels},${side},${side}], ${examples} examples`,
  operation: { kind: "maxPool", ...options },
  inputs: [[channels, side, side]],
  examples,
});

export const maxPool: ReferenceOperation<"maxPool"> = {
  forward: (layer, [input]) => largest(input, layer),
  cases: [
    pool({ size: 2 }, [1, 28], 1),
    pool({ size: 2 }, [3, 7], 5),
    pool({ size: 2 }, [8, 8], 8),
    pool({ size: 3 }, [5, 8], 9),
    pool({ size: 1 }, [7, 3], 3),
    pool({ size: 5 }, [9, 5], 7),
    // windows that overlap, and that leave gaps
    pool({ size: 3, stride: 2 }, [5, 7], 9),
    pool({ size: 3, stride: 2 }, [8, 8], 3),
    pool({ size: 3, stride: 1 }, [3, 5], 17),
    pool({ size: 2, stride: 1 }, [7, 4], 5),
    pool({ size: 2, stride: 3 }, [9, 9], 8),
    pool({ size: 1, stride: 2 }, [5, 7], 1),
    pool({ size: 2, stride: 5 }, [3, 4], 9),
    // padding, which is never the largest
    pool({ size: 3, stride: 2, padding: 1 }, [1, 28], 2),
    pool({ size: 3, stride: 2, padding: 1 }, [5, 7], 9),
    pool({ size: 3, stride: 1, padding: 1 }, [8, 3], 5),
    pool({ size: 2, padding: 1 }, [7, 5], 3),
    pool({ size: 5, stride: 2, padding: 2 }, [3, 4], 13),
    pool({ size: 3, padding: 1 }, [9, 1], 7),
  ],
};

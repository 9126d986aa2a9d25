/**
 * The mean of each window; windows that do not fit are left out.
 *
 * @module
 */
import { mean } from "../pools.ts";
import type { OperationCase, ReferenceOperation, Written } from "../reference_operation.ts";

const pool = (
  options: Omit<Written<"averagePool">, "kind">,
  [channels, side]: readonly [number, number],
  examples: number,
): OperationCase<"averagePool"> => ({
  name: `averagePool ${JSON.stringify(options).replace(/["{}]/g, "").replaceAll(",", ", ")} of ` +
    `[${channels},${side},${side}], ${examples} examples`,
  operation: { kind: "averagePool", ...options },
  inputs: [[channels, side, side]],
  examples,
});

export const averagePool: ReferenceOperation<"averagePool"> = {
  forward: (layer, [input]) => mean(input, layer),
  cases: [
    pool({ size: 2 }, [1, 28], 1),
    pool({ size: 2 }, [3, 7], 5),
    pool({ size: 2 }, [8, 8], 8),
    pool({ size: 3 }, [5, 8], 9),
    pool({ size: 1 }, [7, 3], 3),
    pool({ size: 5 }, [9, 5], 7),
    pool({ size: 3, stride: 2 }, [5, 7], 9),
    pool({ size: 3, stride: 2 }, [8, 8], 3),
    pool({ size: 3, stride: 1 }, [3, 5], 17),
    pool({ size: 2, stride: 3 }, [9, 9], 8),
    pool({ size: 1, stride: 2 }, [5, 7], 1),
    pool({ size: 2, stride: 5 }, [3, 4], 9),
  ],
};

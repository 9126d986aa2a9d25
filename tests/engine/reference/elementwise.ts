/**
 * References of operations that compute each element from itself alone.
 *
 * @module
 */
import type { OperationName, OperationOf } from "../../../models/graph.ts";
import type { Shape } from "../../../models/shape.ts";
import type { OperationCase, ReferenceOperation, Written } from "./reference_operation.ts";

/** Sizes that fill no vector, one vector and a little more, with a single example among them. */
const SIZES: readonly { readonly input: Shape; readonly examples: number }[] = [
  { input: [1, 1, 1], examples: 1 },
  { input: [1, 28, 28], examples: 2 },
  { input: [3, 3, 3], examples: 5 },
  { input: [5, 7, 7], examples: 8 },
  { input: [7, 2, 2], examples: 9 },
  { input: [8, 5, 5], examples: 3 },
  { input: [9, 4, 4], examples: 17 },
  { input: [1], examples: 7 },
  { input: [11], examples: 1 },
  { input: [13], examples: 9 },
];

/** Those that differ most, for an operation whose kernel differs from another's in a formula alone. */
const FEW_SIZES = SIZES.filter(({ examples }) => examples === 2 || examples === 17 || examples === 9);

/** The layer at all of those sizes. */
export const casesOfAllSizes = <K extends OperationName>(operation: Written<K>): OperationCase<K>[] =>
  casesOf(operation, SIZES);

/** The layer at a few sizes. */
export const casesOfFewSizes = <K extends OperationName>(operation: Written<K>): OperationCase<K>[] =>
  casesOf(operation, FEW_SIZES);

const casesOf = <K extends OperationName>(operation: Written<K>, sizes: typeof SIZES): OperationCase<K>[] =>
  sizes.map(({ input, examples }) => ({
    name: `${operation.kind} of [${input.join(",")}], ${examples} examples`,
    operation,
    inputs: [input],
    examples,
  }));

/** y = value(x), dx = slope(x) · dy. */
export function elementwise<K extends OperationName>(
  value: (x: number, operation: OperationOf<K>) => number,
  slope: (x: number, operation: OperationOf<K>) => number,
  cases: readonly OperationCase<K>[],
): ReferenceOperation<K> {
  return {
    forward: (operation, [{ shape, data }]) => ({
      output: { shape, data: data.map((x) => value(x, operation)) },
      backward: (dOutput) => ({
        inputs: [{ shape, data: dOutput.data.map((dy, i) => dy * slope(data[i], operation)) }],
      }),
    }),
    cases,
  };
}

/**
 * The sum of several values of one shape.
 *
 * @module
 */
import type { Forward } from "../operation.ts";

export const add: Forward<"add"> = ({ inputs, output: { data: y } }) => {
  for (let i = 0; i < y.length; i++) {
    let sum = 0;
    for (const { data } of inputs) sum += data[i];
    y[i] = sum;
  }
};

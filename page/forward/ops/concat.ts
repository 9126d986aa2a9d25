/**
 * Several values one behind the other along the channels.
 *
 * @module
 */
import type { Forward } from "../operation.ts";

export const concat: Forward<"concat"> = ({ inputs, output: { data: y } }) => {
  let to = 0;
  for (const { data } of inputs) {
    y.set(data, to);
    to += data.length;
  }
};

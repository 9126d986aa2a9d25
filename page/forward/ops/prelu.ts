/**
 * x where it is above 0, else a · x with the slope of the channel, or the one of all.
 *
 * @module
 */
import { type Forward, placesOf } from "../operation.ts";

export const prelu: Forward<"prelu"> = ({ operation, inputs: [input], tensors: { weight }, output }) => {
  const places = placesOf(input);
  for (let c = 0, at = 0; c < input.shape[0]; c++) {
    const slope = weight[operation.shared ? 0 : c];
    for (const end = at + places; at < end; at++) {
      const x = input.data[at];
      output.data[at] = x > 0 ? x : slope * x;
    }
  }
};

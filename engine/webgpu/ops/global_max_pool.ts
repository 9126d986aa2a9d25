/**
 * The largest of each channel; see `models/layers/global_max_pool.ts`. It is a max-pool with one window.
 *
 * @module
 */
import type { Room } from "../operation.ts";
import { mapOf, planMaxPool } from "./max_pool.ts";

export const globalMaxPool: Room<"globalMaxPool"> = {
  plan({ plan, label, node, inputs: [input], output, dInputs: [dInput], dOutput }) {
    const [down, across] = mapOf(input).map((size) => ({ size, stride: 1, padding: 0, dilation: 1 }));
    return planMaxPool({ plan, label, node, windows: { down, across }, input, output, dInput, dOutput });
  },
};

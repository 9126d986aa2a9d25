/**
 * The mean of each channel; see `models/layers/global_average_pool.ts`. It is an average pool with one window.
 *
 * @module
 */
import type { Room } from "../operation.ts";
import { planAveragePool } from "./average_pool.ts";
import { mapOf } from "./max_pool.ts";

export const globalAveragePool: Room<"globalAveragePool"> = {
  plan({ plan, label, inputs: [input], output, dInputs: [dInput], dOutput }) {
    const [down, across] = mapOf(input).map((size) => ({ size, stride: 1, padding: 0, dilation: 1 }));
    return planAveragePool({ plan, label, windows: { down, across }, input, output, dInput, dOutput });
  },
};

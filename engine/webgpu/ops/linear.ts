/**
 * Linear layer; see `models/layers/linear.ts`. It is a 1×1 convolution of a 1×1 map.
 *
 * @module
 */
import { linearConvolution } from "../convolution.ts";
import type { Room } from "../operation.ts";
import { planConvolution } from "./conv.ts";

export const linear: Room<"linear"> = {
  plan({ plan, label, node: { tensors }, inputs: [input], output, dInputs: [dInput], dOutput }) {
    const shape = linearConvolution(input.shape[0], output.shape[0]), { weight, bias } = tensors;
    return planConvolution({ plan, label, shape, weight, bias, input, output, dInput, dOutput: dOutput! });
  },
};

/**
 * z = weight · (y − mean) / √(variance + epsilon) + bias by channel, with the running statistics: batch norm of whole and
 * of split batches alike.
 *
 * @module
 */
import { placesOf, type Site } from "../operation.ts";

/** Either of the two kinds; nothing but epsilon of it counts here. */
type BatchNormSite = Omit<Site<"batchNorm">, "operation"> & {
  readonly operation: { readonly epsilon: number };
};

export function batchNorm({ operation, inputs: [input], tensors, output }: BatchNormSite): void {
  const { weight, bias, running_mean: mean, running_var: variance } = tensors, places = placesOf(input);
  for (let c = 0, at = 0; c < weight.length; c++) {
    const factor = weight[c] / Math.sqrt(variance[c] + operation.epsilon);
    for (const end = at + places; at < end; at++) {
      output.data[at] = factor * (input.data[at] - mean[c]) + bias[c];
    }
  }
}

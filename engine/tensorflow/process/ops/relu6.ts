/**
 * min(max(x, 0), 6); TensorFlow.js lets the gradient pass at 6 itself, PyTorch does not.
 *
 * @module
 */
import type { TensorOperation } from "./operation.ts";
import { sharedActivation } from "./shared_activation.ts";

export const relu6: TensorOperation<"relu6"> = (layer, [input]) => sharedActivation(layer, input);

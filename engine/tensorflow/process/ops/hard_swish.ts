/**
 * x · min(max(x + 3, 0), 6) / 6, which TensorFlow.js does not have.
 *
 * @module
 */
import type { TensorOperation } from "./operation.ts";
import { sharedActivation } from "./shared_activation.ts";

export const hardSwish: TensorOperation<"hardSwish"> = (layer, [input]) => sharedActivation(layer, input);

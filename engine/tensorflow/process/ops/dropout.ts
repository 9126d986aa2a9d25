/**
 * Drops elements.
 *
 * @module
 */
import { drop } from "./drop.ts";
import type { TensorOperation } from "./operation.ts";

export const dropout: TensorOperation<"dropout"> = (_, [input], circumstances) => drop(input, circumstances);

/**
 * A map as a vector: nothing moves.
 *
 * @module
 */
import { NOTHING, type Room } from "../operation.ts";

export const flatten: Room<"flatten"> = {
  sharesValue: true,
  sharesGradient: true,
  plan: () => () => NOTHING,
};

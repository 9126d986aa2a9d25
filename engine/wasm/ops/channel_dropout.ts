/**
 * Dropout of whole channels, in place.
 *
 * @module
 */
import type { Room } from "../operation.ts";
import { Dropout } from "./dropout.ts";

export const channelDropout: Room<"channelDropout"> = {
  plan: (context) => new Dropout(context),
  inPlace: true,
};

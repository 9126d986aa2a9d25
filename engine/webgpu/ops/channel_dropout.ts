/**
 * Dropout of whole channels; see `models/layers/channel_dropout.ts`.
 *
 * @module
 */
import type { Room } from "../operation.ts";
import { planDropout } from "./dropout.ts";

export const channelDropout: Room<"channelDropout"> = {
  plan(site) {
    const [, height, width] = site.inputs[0].shape;
    return planDropout(site, height * width);
  },
};

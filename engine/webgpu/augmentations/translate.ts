/**
 * Translation by whole pixels; see `engine/augmentations/translate.ts`. Drawn: to the right, down.
 *
 * @module
 */
import { SIDE } from "../../augmentations/image.ts";
import type { DeviceAugmentation } from "./augmentation.ts";

export const translate: DeviceAugmentation<"translate"> = {
  accepts: () => true,
  table: () => [],
  code: (_, { drawn, before }) =>
    `let from_x = x - ${drawn(0)};
  let from_y = y - ${drawn(1)};
  if (from_x < 0 || from_x >= ${SIDE} || from_y < 0 || from_y >= ${SIDE}) { return 0; }
  return ${before("from_x", "from_y")};`,
};

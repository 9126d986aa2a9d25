/**
 * Rotation to the nearest pixel; see `engine/augmentations/rotate.ts`. Drawn: the matrix.
 *
 * @module
 */
import { SIDE } from "../../augmentations/image.ts";
import type { DeviceAugmentation } from "./augmentation.ts";

export const rotate: DeviceAugmentation<"rotate"> = {
  accepts: ({ interpolation }) => interpolation === "nearest",
  table: () => [],
  code: ({ fill }, { drawn, before }) =>
    `let from_x = (${drawn(0)} * x + ${drawn(1)} * y + ${drawn(2)}) >> 16u;
  let from_y = (${drawn(3)} * x + ${drawn(4)} * y + ${drawn(5)}) >> 16u;
  if (from_x < 0 || from_x >= ${SIDE} || from_y < 0 || from_y >= ${SIDE}) { return ${fill}; }
  return ${before("from_x", "from_y")};`,
};

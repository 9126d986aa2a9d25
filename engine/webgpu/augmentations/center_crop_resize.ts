/**
 * The central square, resized; see `engine/augmentations/center_crop_resize.ts`.
 *
 * @module
 */
import { centralSquare } from "../../augmentations/center_crop_resize.ts";
import { SIDE } from "../../augmentations/image.ts";
import { resizeWeights } from "../../augmentations/resize.ts";
import type { DeviceAugmentation } from "./augmentation.ts";

export const centerCropResize: DeviceAugmentation<"centerCropResize"> = {
  accepts: () => true,
  table({ size }) {
    const { first, weights } = resizeWeights(size);
    return [...first, ...weights];
  },
  code({ size }, { before, table }) {
    const { taps } = resizeWeights(size), { left: start } = centralSquare(size);
    // rows first, rounded to a pixel, then columns
    return `let first_x = ${start} + ${table("x")};
  let first_y = ${start} + ${table("y")};
  var sum = 1 << 21u;
  for (var v = 0; v < ${taps}; v++) {
    var row = 1 << 21u;
    for (var u = 0; u < ${taps}; u++) {
      row += ${before("first_x + u", "first_y + v")} * ${table(`${SIDE} + x * ${taps} + u`)};
    }
    sum += (row >> 22u) * ${table(`${SIDE} + y * ${taps} + v`)};
  }
  return sum >> 22u;`;
  },
};

/**
 * Sets a random rectangle to one value; torchvision's `RandomErasing`, on uint8 pixels. Draws as `drawBox` has them; the
 * rectangle is smaller than the image in both directions, and where none of ten is, nothing happens.
 *
 * @module
 */
import type { AugmentationPixels } from "./augmentation.ts";
import { SIDE } from "./image.ts";
import { BOX_DRAWS, BOX_LENGTH, drawBox } from "./random_box.ts";

export const erase: AugmentationPixels<"erase"> = {
  drawCount: BOX_DRAWS,
  drawnLength: BOX_LENGTH,
  draw({ scale, ratio }, draws, drawn) {
    // a side may round to 0, then nothing is erased
    if (!drawBox({ scale, ratio, ratioOf: "height to width", sides: [0, SIDE - 1] }, draws, drawn)) {
      drawn.fill(0, 0, BOX_LENGTH);
    }
  },
  apply({ value }, [top, left, height, width], image, out) {
    out.set(image);
    for (let row = top; row < top + height; row++) {
      out.fill(value, row * SIDE + left, row * SIDE + left + width);
    }
  },
};

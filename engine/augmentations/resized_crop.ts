/**
 * Cuts a random rectangle out and resizes it, bilinear; torchvision's `RandomResizedCrop(28, scale, ratio)`. Draws as
 * `drawBox` has them; where none of ten rectangles fits, the largest central one whose ratio is allowed.
 *
 * @module
 */
import type { AugmentationPixels } from "./augmentation.ts";
import { roundHalfToEven, SIDE } from "./image.ts";
import { BOX_DRAWS, BOX_LENGTH, drawBox } from "./random_box.ts";
import { resizePart } from "./resize.ts";

/** Height and width of the central rectangle; the image's own ratio is 1. */
function centralSides([least, most]: readonly [number, number]): readonly [number, number] {
  if (least > 1) return [Math.max(1, roundHalfToEven(SIDE / least)), SIDE];
  if (most < 1) return [SIDE, Math.max(1, roundHalfToEven(SIDE * most))];
  return [SIDE, SIDE];
}

export const resizedCrop: AugmentationPixels<"resizedCrop"> = {
  drawCount: BOX_DRAWS,
  drawnLength: BOX_LENGTH,
  draw({ scale, ratio }, draws, drawn) {
    if (drawBox({ scale, ratio, ratioOf: "width to height", sides: [1, SIDE] }, draws, drawn)) return;
    const [height, width] = centralSides(ratio);
    drawn[0] = (SIDE - height) >> 1;
    drawn[1] = (SIDE - width) >> 1;
    drawn[2] = height;
    drawn[3] = width;
  },
  apply(_, [top, left, height, width], image, out) {
    resizePart(image, { top, left, height, width }, out);
  },
};

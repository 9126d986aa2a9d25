/**
 * Surrounds an image with pixels of 0 and cuts 28×28 out; torchvision's `RandomCrop(28, padding)`. Draw 0: the row in the
 * larger image where the cut begins; draw 1: the column.
 *
 * @module
 */
import type { AugmentationPixels } from "./augmentation.ts";
import { move } from "./translate.ts";

export const randomCrop: AugmentationPixels<"randomCrop"> = {
  drawCount: 2,
  drawnLength: 2,
  draw({ padding }, draws, drawn) {
    drawn[0] = draws.below(0, 2 * padding + 1);
    drawn[1] = draws.below(1, 2 * padding + 1);
  },
  apply: ({ padding }, drawn, image, out) => move(image, padding - drawn[1], padding - drawn[0], out),
};

/**
 * Cuts out the central square and resizes it; torchvision's `CenterCrop` with `Resize`. No draws of its own.
 *
 * @module
 */
import type { AugmentationPixels } from "./augmentation.ts";
import { SIDE } from "./image.ts";
import { type Box, resizePart } from "./resize.ts";

/** The central `size` × `size` pixels; torchvision rounds half a pixel to even. */
export function centralSquare(size: number): Box {
  const margin = SIDE - size, half = margin >> 1;
  const start = margin % 2 === 0 ? half : half + (half & 1);
  return { top: start, left: start, height: size, width: size };
}

export const centerCropResize: AugmentationPixels<"centerCropResize"> = {
  drawCount: 0,
  drawnLength: 0,
  draw: () => {},
  apply: ({ size }, _, image, out) => resizePart(image, centralSquare(size), out),
};

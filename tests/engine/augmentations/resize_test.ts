import { deepEqual, equal, throws } from "node:assert/strict";
import { centerCropResize, centralSquare } from "../../../engine/augmentations/center_crop_resize.ts";
import { PIXELS } from "../../../engine/augmentations/mod.ts";
import { resizePart, resizeWeights } from "../../../engine/augmentations/resize.ts";

Deno.test("resizeWeights() sums to one and stays inside the part", () => {
  for (let size = 1; size <= 28; size++) {
    const { first, taps, weights } = resizeWeights(size);
    for (let x = 0; x < 28; x++) {
      const sum = weights.subarray(x * taps, (x + 1) * taps).reduce((total, weight) => total + weight, 0);
      equal(Math.abs(sum - (1 << 22)) <= 1, true, `size ${size}, pixel ${x}: ${sum}`);
      equal(first[x] >= 0 && first[x] + taps <= size, true, `size ${size}, pixel ${x}: first ${first[x]}`);
    }
  }
  for (const size of [0, 29, 22.5]) throws(() => resizeWeights(size), RangeError);
});

Deno.test("resizePart() of the whole image changes nothing, and of one pixel fills the image with it", () => {
  const image = Uint8Array.from({ length: PIXELS }, (_, i) => i * 5 % 256), out = new Uint8Array(PIXELS);
  resizePart(image, { top: 0, left: 0, height: 28, width: 28 }, out);
  deepEqual(out, image);
  resizePart(image, { top: 27, left: 3, height: 1, width: 1 }, out);
  deepEqual(out, new Uint8Array(PIXELS).fill(image[27 * 28 + 3]));
});

Deno.test("resizePart() treats rows and columns alike", () => {
  const image = Uint8Array.from({ length: PIXELS }, (_, i) => i * 5 % 256);
  const turned = Uint8Array.from({ length: PIXELS }, (_, i) => image[i % 28 * 28 + Math.floor(i / 28)]);
  // one direction at a time: rounding to uint8 in between is of rows first
  const wide = new Uint8Array(PIXELS), high = new Uint8Array(PIXELS);
  resizePart(image, { top: 0, left: 5, height: 28, width: 9 }, wide);
  resizePart(turned, { top: 5, left: 0, height: 9, width: 28 }, high);
  deepEqual(high, Uint8Array.from({ length: PIXELS }, (_, i) => wide[i % 28 * 28 + Math.floor(i / 28)]));
});

Deno.test("centralSquare() rounds half a pixel to even, as torchvision does", () => {
  deepEqual([28, 27, 26, 25, 24, 22, 21, 1].map((size) => centralSquare(size).top), [
    0,
    0,
    1,
    2,
    2,
    3,
    4,
    14,
  ]);
  equal(centerCropResize.drawCount, 0);
});

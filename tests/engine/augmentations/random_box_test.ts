import { deepEqual, equal, ok } from "node:assert/strict";
import { erase } from "../../../engine/augmentations/erase.ts";
import { Draws, PIXELS } from "../../../engine/augmentations/mod.ts";
import { resizedCrop } from "../../../engine/augmentations/resized_crop.ts";
import type { AugmentationOf } from "../../../models/recipe/augmentations/mod.ts";
import { ChosenDraws, listed } from "./draws.ts";

const crop: AugmentationOf<"resizedCrop"> = {
  kind: "resizedCrop",
  scale: [0.25, 1],
  ratio: [0.25, 4],
  p: 1,
};
const hole: AugmentationOf<"erase"> = { kind: "erase", scale: [0.25, 1], ratio: [0.25, 4], value: 7, p: 1 };

Deno.test("resizedCrop takes the first rectangle that fits; its ratio is width to height", () => {
  const box = new Float64Array(4);
  // a quarter of the area with ratio 4: 28 wide, 7 high; the top in the middle of 0 … 21
  resizedCrop.draw(crop, listed(0, 0.999_999_9, 0.5, 0.9), box);
  deepEqual([...box], [11, 0, 7, 28]);
  // all of the area with ratio 4 does not fit; then ratio 1 of a quarter: 14 × 14
  resizedCrop.draw(crop, listed(0.999_999_9, 0.999_999_9, 0, 0, 0, 0.5, 0.999, 0), box);
  deepEqual([...box], [14, 0, 14, 14]);
});

Deno.test("resizedCrop falls back to the largest central rectangle after ten tries", () => {
  const box = new Float64Array(4), asked = new Set<number>();
  const never = new ChosenDraws((number) => {
    asked.add(number);
    return 0.999_999_9;
  });
  resizedCrop.draw({ ...crop, ratio: [2, 4] }, never, box);
  deepEqual([...box], [7, 0, 14, 28]);
  equal(Math.max(...asked), 4 * 9 + 1);
  resizedCrop.draw({ ...crop, ratio: [0.2, 0.25] }, never, box);
  deepEqual([...box], [0, 10, 28, 7]);
});

Deno.test("erase takes the first rectangle that is smaller than the image; its ratio is height to width", () => {
  const box = new Float64Array(4), out = new Uint8Array(PIXELS), image = new Uint8Array(PIXELS).fill(50);
  erase.draw({ ...hole, scale: [0.1, 0.1] }, listed(0, 0.999_999_9, 0, 0.999), box);
  deepEqual([...box], [0, 24, 18, 4]); // 78.4 pixels: √(78.4 · 4) = 17.7 high, 4.4 wide
  erase.apply(hole, box, image, out);
  for (let i = 0; i < PIXELS; i++) {
    equal(out[i], Math.floor(i / 28) < 18 && i % 28 >= 24 ? 7 : 50, `pixel ${i}`);
  }
});

Deno.test("erase leaves the image alone where no rectangle fits", () => {
  const box = new Float64Array(4).fill(5), out = new Uint8Array(PIXELS);
  const image = Uint8Array.from({ length: PIXELS }, (_, i) => i % 251);
  erase.draw({ ...hole, scale: [1, 1] }, new ChosenDraws(() => 0.5), box);
  erase.apply(hole, box, image, out);
  deepEqual(out, image);
});

Deno.test("the rectangles have the areas and ratios that the recipe says", () => {
  const draws = new Draws(), box = new Float64Array(4), trials = 4000;
  let area = 0, logRatio = 0;
  for (let exampleIndex = 0; exampleIndex < trials; exampleIndex++) {
    draws.moveTo({ seed: 1, epoch: 1, exampleIndex, ordinal: 0 });
    resizedCrop.draw({ ...crop, scale: [0.2, 0.4], ratio: [0.5, 2] }, draws, box);
    const [top, left, height, width] = box;
    ok(top >= 0 && left >= 0 && top + height <= 28 && left + width <= 28);
    area += height * width / PIXELS / trials;
    logRatio += Math.log(width / height) / trials;
  }
  // U(0.2, 0.4) and U(−ln 2, ln 2): means 0.3 and 0; rounding to whole sides adds about as much as four deviations
  ok(Math.abs(area - 0.3) < 0.005, `area ${area}`);
  ok(Math.abs(logRatio) < 0.03, `log ratio ${logRatio}`);
});

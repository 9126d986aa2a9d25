import { deepEqual, equal } from "node:assert/strict";
import { changeBrightness, changeContrast, colorJitter } from "../../../engine/augmentations/color_jitter.ts";
import { PIXELS } from "../../../engine/augmentations/mod.ts";
import { listed } from "./draws.ts";

const operation = { kind: "colorJitter", brightness: 0.4, contrast: 1.5, p: 1 } as const;
const image = Uint8Array.from({ length: PIXELS }, (_, i) => i % 256);

Deno.test("colorJitter draws order, brightness and contrast; factors do not go below 0", () => {
  const drawn = new Float64Array(3);
  colorJitter.draw(operation, listed(0.49, 0.5, 0), drawn);
  deepEqual([...drawn], [1, 1, 0]);
  colorJitter.draw(operation, listed(0.5, 0, 0.5), drawn);
  deepEqual([...drawn], [0, 0.6, 1.25]);
});

Deno.test("colorJitter applies brightness and contrast in the order that it drew", () => {
  const out = new Uint8Array(PIXELS), first = new Uint8Array(PIXELS), expected = new Uint8Array(PIXELS);
  colorJitter.apply(operation, Float64Array.of(1, 1.3, 0.5), image, out);
  changeBrightness(image, 1.3, first);
  changeContrast(first, 0.5, expected);
  deepEqual(out, expected);
  colorJitter.apply(operation, Float64Array.of(0, 1.3, 0.5), image, out);
  changeContrast(image, 0.5, first);
  changeBrightness(first, 1.3, expected);
  deepEqual(out, expected);
});

Deno.test("changeBrightness() and changeContrast() by 1 change nothing, by 0 leave one value", () => {
  const out = new Uint8Array(PIXELS), mean = image.reduce((sum, value) => sum + value, 0) / PIXELS;
  for (const change of [changeBrightness, changeContrast]) {
    change(image, 1, out);
    deepEqual(out, image);
  }
  changeBrightness(image, 0, out);
  deepEqual(out, new Uint8Array(PIXELS));
  changeContrast(image, 0, out);
  deepEqual(out, new Uint8Array(PIXELS).fill(Math.floor(mean + 0.5)));
  changeBrightness(image, 2, out);
  equal(out[200], 255);
});

import { deepEqual, equal, throws } from "node:assert/strict";
import {
  augment,
  centerCropResize,
  resizeWeights,
  rotate,
  rotationMatrix,
  translate,
} from "../../engine/augmentation.ts";
import { sha256Hex } from "../../engine/digest.ts";
import { baseline } from "../../models/iterations/01_baseline.ts";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";
import type { Augmentation } from "../../models/iteration.ts";
import { GoldenFile } from "../golden_file.ts";

const PIXELS = 784;
const golden = new GoldenFile("augmentation");
const images = golden.u8("images");
const count = images.length / PIXELS;

function imageOf(all: Uint8Array, index: number): Uint8Array {
  return all.subarray(index * PIXELS, (index + 1) * PIXELS);
}

Deno.test("rotate() makes Pillow's pixels", () => {
  const degrees = golden.f32("rotate/degrees"), expected = golden.u8("rotate/images");
  const out = new Uint8Array(PIXELS);
  for (let i = 0; i < count; i++) {
    rotate(imageOf(images, i), rotationMatrix(degrees[i]), out);
    deepEqual(out, imageOf(expected, i), `image ${i}, ${degrees[i]} degrees`);
  }
});

Deno.test("rotate() by 0 and 180 degrees is exact", () => {
  const image = imageOf(images, 0), out = new Uint8Array(PIXELS);
  rotate(image, rotationMatrix(0), out);
  deepEqual(out, image);
  rotate(image, rotationMatrix(180), out);
  deepEqual(out, Uint8Array.from(image).reverse());
});

Deno.test("translate() makes Pillow's pixels", () => {
  const xy = golden.i32("translate/xy"), expected = golden.u8("translate/images");
  const out = new Uint8Array(PIXELS);
  for (let i = 0; i < count; i++) {
    translate(imageOf(images, i), xy[2 * i], xy[2 * i + 1], out);
    deepEqual(out, imageOf(expected, i), `image ${i}, x ${xy[2 * i]}, y ${xy[2 * i + 1]}`);
  }
});

Deno.test("translate() moves by any number of pixels", () => {
  const image = Uint8Array.from({ length: PIXELS }, (_, i) => 1 + i % 255), out = new Uint8Array(PIXELS);
  for (
    const [x, y] of [[0, 0], [3, -2], [-27, 27], [27, 27], [28, 0], [0, -28], [-100, 100], [1, 0], [-1, 0]]
  ) {
    translate(image, x, y, out);
    const expected = new Uint8Array(PIXELS);
    for (let row = 0; row < 28; row++) {
      for (let column = 0; column < 28; column++) {
        const fromRow = row - y, fromColumn = column - x;
        if (fromRow >= 0 && fromRow < 28 && fromColumn >= 0 && fromColumn < 28) {
          expected[row * 28 + column] = image[fromRow * 28 + fromColumn];
        }
      }
    }
    deepEqual(out, expected, `x ${x}, y ${y}`);
  }
});

Deno.test("centerCropResize() makes Pillow's pixels", () => {
  const expected = golden.u8("center_crop22_resize28/images");
  const out = new Uint8Array(PIXELS);
  for (let i = 0; i < count; i++) {
    centerCropResize(imageOf(images, i), 22, out);
    deepEqual(out, imageOf(expected, i), `image ${i}`);
  }
});

Deno.test("centerCropResize() to the full size changes nothing", () => {
  const out = new Uint8Array(PIXELS);
  centerCropResize(imageOf(images, 1), 28, out);
  deepEqual(out, imageOf(images, 1));
});

Deno.test("resizeWeights() sums to one and stays inside the crop", () => {
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

function digestOfAugmented(operations: readonly Augmentation[]): string {
  const out = new Uint8Array(images.length);
  for (let i = 0; i < count; i++) {
    augment(imageOf(images, i), imageOf(out, i), operations, 3, 2, 1000 + i);
  }
  return sha256Hex(out);
}

// Each recipe applied by Pillow 12.3 (rotate, transform, crop, resize), with the draws of seed 3, epoch 2 and
// examples 1000 and following from an implementation of Philox in Python.
Deno.test("augment() makes the pixels of Pillow with the same draws", () => {
  equal(
    digestOfAugmented(baseline.training.augmentation),
    "478a41c0b72eff68438145c2f0142224eb6457b3909db110073f6648d024a917",
  );
  equal(
    digestOfAugmented(oneCycle.training.augmentation),
    "189d1c3e9427085664be78a11a7b2f7a1859fd1d8f7ae381e3e4306ee5955de1",
  );
  equal(
    digestOfAugmented([
      { kind: "translate", fraction: 0.3 },
      { kind: "centerCropResize", p: 0.7, size: 19 },
      { kind: "rotate", degrees: 180 },
    ]),
    "7f90e7ebf961048b45b94f1c4a0303045761785dbabe74150d66b2afb507e742",
  );
});

Deno.test("augment() in place equals augment() to another array", () => {
  const out = new Uint8Array(PIXELS), inPlace = Uint8Array.from(imageOf(images, 2));
  augment(imageOf(images, 2), out, oneCycle.training.augmentation, 0, 1, 7);
  augment(inPlace, inPlace, oneCycle.training.augmentation, 0, 1, 7);
  deepEqual(inPlace, out);
  augment(imageOf(images, 2), out, [], 0, 1, 7);
  deepEqual(out, imageOf(images, 2));
});

Deno.test("augment() draws translations with torchvision's shares", () => {
  // A single bright pixel in the middle shows where the image went.
  const image = new Uint8Array(PIXELS), out = new Uint8Array(PIXELS);
  image[14 * 28 + 14] = 255;
  const shares = new Map<number, number>();
  const trials = 10_000;
  for (let i = 0; i < trials; i++) {
    augment(image, out, [{ kind: "translate", fraction: 0.05 }], 1, 1, i);
    const x = out.indexOf(255) % 28 - 14;
    shares.set(x, (shares.get(x) ?? 0) + 1 / trials);
  }
  // U(−1.4, 1.4) rounds to 0 with 1/2.8 and to ±1 with 0.9/2.8; four standard deviations are 0.02.
  deepEqual([...shares.keys()].sort((a, b) => a - b), [-1, 0, 1]);
  for (const [x, share] of [[-1, 0.9 / 2.8], [0, 1 / 2.8], [1, 0.9 / 2.8]]) {
    equal(Math.abs(shares.get(x)! - share) < 0.02, true, `${x}: ${shares.get(x)}`);
  }
});

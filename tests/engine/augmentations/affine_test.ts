import { deepEqual, ok } from "node:assert/strict";
import { affine, writeAffine } from "../../../engine/augmentations/affine.ts";
import { PIXELS } from "../../../engine/augmentations/mod.ts";
import { writeRotation } from "../../../engine/augmentations/rotate.ts";
import { move } from "../../../engine/augmentations/translate.ts";
import type { AugmentationOf } from "../../../models/recipe/augmentations/mod.ts";
import { listed } from "./draws.ts";

const image = Uint8Array.from({ length: PIXELS }, (_, i) => 1 + i * 11 % 255);
const still = { degrees: 0, right: 0, down: 0, scale: 1, shear: 0 };
const operation: AugmentationOf<"affine"> = {
  kind: "affine",
  degrees: 10,
  translate: 0.25,
  scale: [0.5, 1.5],
  shear: 20,
  fill: 0,
  interpolation: "nearest",
  p: 1,
};

function changed(
  change: Partial<typeof still>,
  interpolation: "nearest" | "bilinear" = "nearest",
): Uint8Array {
  const matrix = new Float64Array(6), out = new Uint8Array(PIXELS);
  writeAffine({ ...still, ...change }, matrix);
  affine.apply({ ...operation, interpolation }, matrix, image, out);
  return out;
}

Deno.test("affine by nothing but a translation moves the image, whatever the interpolation", () => {
  const expected = new Uint8Array(PIXELS);
  move(image, 5, -3, expected);
  for (const interpolation of ["nearest", "bilinear"] as const) {
    deepEqual(changed({ right: 5, down: -3 }, interpolation), expected);
    deepEqual(changed({}, interpolation), image);
  }
});

Deno.test("affine turns clockwise where rotate turns counter-clockwise", () => {
  const matrix = new Float64Array(6), turned = new Float64Array(6);
  for (const degrees of [-170, -33, 5, 90]) {
    writeAffine({ ...still, degrees }, matrix);
    writeRotation(-degrees, turned);
    // the constants are sums in another order
    matrix.forEach((value, i) =>
      ok(Math.abs(value - turned[i]) <= 1, `${degrees}: ${matrix}, not ${turned}`)
    );
  }
});

Deno.test("affine by half the size keeps every second pixel, around the centre", () => {
  const out = changed({ scale: 0.5 });
  for (let y = 0; y < 28; y++) {
    for (let x = 0; x < 28; x++) {
      const inside = x >= 7 && x < 21 && y >= 7 && y < 21;
      const expected = inside ? image[(2 * y - 13) * 28 + 2 * x - 13] : 0;
      ok(out[y * 28 + x] === expected, `(${x}, ${y}): ${out[y * 28 + x]}, not ${expected}`);
    }
  }
});

Deno.test("affine shears rows against each other", () => {
  // tan 45° = 1: a row one lower looks one pixel further to one side
  const out = changed({ shear: 45 });
  for (const [y, shift] of [[13, -1], [14, 0], [18, 4]]) {
    const expected = Array.from({ length: 10 }, (_, x) => image[y * 28 + 9 + x + shift]);
    const near = Array.from({ length: 10 }, (_, x) => image[y * 28 + 9 + x + shift + 1]);
    const got = [...out.subarray(y * 28 + 9, y * 28 + 19)];
    ok(String(got) === String(expected) || String(got) === String(near), `row ${y}: ${got}, not ${expected}`);
  }
});

Deno.test("affine stays exact where 32 bits do not hold its places", () => {
  // a scale that sees the whole image as a point: only places at the centre are inside
  for (const interpolation of ["nearest", "bilinear"] as const) {
    const out = changed({ scale: 1e-9 }, interpolation);
    ok(out.every((value) => value === 0));
  }
});

Deno.test("affine draws angle, x, y, scale and shear", () => {
  const drawn = new Float64Array(6), expected = new Float64Array(6);
  affine.draw(operation, listed(0.75, 0.75, 0.25, 0.5, 1 - 2 ** -24), drawn);
  const shear = (1 - 2 ** -23) * 20;
  writeAffine({ degrees: 5, right: 4, down: -3, scale: 1, shear }, expected);
  deepEqual(drawn, expected);
});

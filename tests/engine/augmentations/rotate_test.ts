import { deepEqual } from "node:assert/strict";
import { PIXELS } from "../../../engine/augmentations/mod.ts";
import { rotate, writeRotation } from "../../../engine/augmentations/rotate.ts";
import type { AugmentationOf } from "../../../models/recipe/augmentations/mod.ts";

const image = Uint8Array.from({ length: PIXELS }, (_, i) => 1 + i * 7 % 255);

for (const interpolation of ["nearest", "bilinear"] as const) {
  Deno.test(`rotate (${interpolation}) by whole turns and half turns is exact`, () => {
    const operation: AugmentationOf<"rotate"> = {
      kind: "rotate",
      degrees: 180,
      fill: 9,
      interpolation,
      p: 1,
    };
    const out = new Uint8Array(PIXELS), matrix = new Float64Array(6);
    for (const degrees of [0, 360, -360]) {
      writeRotation(degrees, matrix);
      rotate.apply(operation, matrix, image, out);
      deepEqual(out, image);
    }
    writeRotation(180, matrix);
    rotate.apply(operation, matrix, image, out);
    deepEqual(out, Uint8Array.from(image).reverse());
    writeRotation(90, matrix);
    rotate.apply(operation, matrix, image, out);
    // counter-clockwise: the right column becomes the top row
    deepEqual(out.subarray(0, 28), Uint8Array.from({ length: 28 }, (_, x) => image[x * 28 + 27]));
  });
}

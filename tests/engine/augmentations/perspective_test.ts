import { deepEqual, ok } from "node:assert/strict";
import { PIXELS } from "../../../engine/augmentations/mod.ts";
import { perspective, perspectiveCoefficients } from "../../../engine/augmentations/perspective.ts";
import { ChosenDraws, listed } from "./draws.ts";

const operation = { kind: "perspective", distortion: 0.5, fill: 9, p: 1 } as const;
const CORNERS = [0, 0, 27, 0, 27, 27, 0, 27];

Deno.test("perspective draws up to distortion / 2 of the side inwards for every corner", () => {
  const drawn = new Float64Array(8);
  perspective.draw(operation, new ChosenDraws(() => 0), drawn);
  deepEqual([...drawn], CORNERS);
  perspective.draw(operation, new ChosenDraws(() => 0.999), drawn);
  deepEqual([...drawn], [7, 7, 20, 7, 20, 20, 7, 20]);
  perspective.draw(operation, listed(...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => (n + 0.5) / 8)), drawn);
  deepEqual([...drawn], [0, 1, 25, 3, 23, 22, 6, 20]);
});

Deno.test("perspectiveCoefficients() takes the moved corners back to the image's", () => {
  const corners = [3, 1, 25, 4, 26, 20, 2, 27];
  const [a, b, c, d, e, f, g, h] = perspectiveCoefficients(corners);
  for (let i = 0; i < 8; i += 2) {
    const x = corners[i], y = corners[i + 1], depth = g * x + h * y + 1;
    // the coefficients are rounded to float32
    ok(Math.abs((a * x + b * y + c) / depth - CORNERS[i]) < 1e-4);
    ok(Math.abs((d * x + e * y + f) / depth - CORNERS[i + 1]) < 1e-4);
  }
});

Deno.test("perspective leaves an image whose corners stay, and fills where there is no such map", () => {
  const image = Uint8Array.from({ length: PIXELS }, (_, i) => i % 251), out = new Uint8Array(PIXELS);
  perspective.apply(operation, Float64Array.from(CORNERS), image, out);
  deepEqual(out, image);
  perspective.apply(operation, new Float64Array(8).fill(14), image, out); // all corners at one place
  ok(out.every((value) => value === 9));
});

import assert from "node:assert/strict";
import {
  mapAffine,
  sampleAt,
  type Sampling,
  staysInInt32,
  writeFixedMatrix,
} from "../../../engine/augmentations/sampling.ts";
import { PIXELS, SIDE } from "../../../engine/augmentations/image.ts";
import { Draws } from "../../../engine/augmentations/mod.ts";

const draws = new Draws();

/** Changes from almost none to some that leave nothing of the image inside; the last are beyond 32-bit numbers. */
const SCALES = [0, 0.01, 0.1, 0.5, 3, 1e6];

Deno.test("mapAffine() gives each pixel what sampleAt() gives at its place", () => {
  const image = new Uint8Array(PIXELS), out = new Uint8Array(PIXELS), matrix = new Float64Array(6);
  const reached = { inInt32: 0, beyond: 0, filled: 0, edges: 0 };
  for (let example = 0; example < 300; example++) {
    draws.moveTo({ seed: 1, epoch: 1, exampleIndex: example, ordinal: 0 });
    const signed = (index: number) => 2 * draws.unit(index) - 1, scale = SCALES[example % SCALES.length];
    for (let i = 0; i < PIXELS; i++) image[i] = Math.floor(256 * draws.unit(6 + i));
    writeFixedMatrix([
      1 + scale * signed(0),
      scale * signed(1),
      10 * scale * signed(2),
      scale * signed(3),
      1 + scale * signed(4),
      10 * scale * signed(5),
    ], matrix);
    reached[staysInInt32(matrix) ? "inInt32" : "beyond"]++;
    const [a, b, c, d, e, f] = matrix;
    for (const interpolation of ["nearest", "bilinear"] as const) {
      const sampling: Sampling = { fill: 7, interpolation };
      mapAffine(image, matrix, sampling, out);
      const wanted = Uint8Array.from({ length: PIXELS }, (_, i) => {
        const x = i % SIDE, y = Math.floor(i / SIDE);
        const fromX = a * x + b * y + c, fromY = d * x + e * y + f, half = 32768, end = SIDE * 65536;
        if (!(fromX >= 0 && fromX < end && fromY >= 0 && fromY < end)) reached.filled++;
        else if (Math.min(fromX, fromY) < half || Math.max(fromX, fromY) >= end - half) reached.edges++;
        return sampleAt(image, fromX, fromY, sampling);
      });
      assert.deepEqual(out, wanted, `example ${example}, ${interpolation}`);
    }
  }
  // places of every kind were among them
  for (const [kind, count] of Object.entries(reached)) assert.ok(count >= 50, `${kind}: ${count}`);
});

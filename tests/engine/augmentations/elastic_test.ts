import { deepEqual, ok } from "node:assert/strict";
import { elastic } from "../../../engine/augmentations/elastic.ts";
import { Draws, PIXELS } from "../../../engine/augmentations/mod.ts";
import { ChosenDraws } from "./draws.ts";

const SIDE = 28;
const image = Uint8Array.from({ length: PIXELS }, (_, i) => {
  const x = i % SIDE - 13, y = Math.floor(i / SIDE) - 15;
  return Math.max(0, 255 - 2 * (x * x + y * y));
});

/** Place of a mirrored image, the edge itself not doubled. */
const mirrored = (place: number): number =>
  place < 0 ? -place : place >= SIDE ? 2 * (SIDE - 1) - place : place;

/** Noise smoothed by the definition: a two-dimensional Gaussian of 8 sigma + 1 pixels, made odd. */
function smoothed(noise: (i: number) => number, sigma: number): number[] {
  let taps = Math.trunc(8 * sigma + 1);
  if (taps % 2 === 0) taps++;
  const reach = (taps - 1) / 2;
  const weight = (distance: number) => Math.exp(-0.5 * (distance / sigma) ** 2);
  let total = 0;
  for (let a = -reach; a <= reach; a++) total += weight(a);
  return Array.from({ length: PIXELS }, (_, i) => {
    const x = i % SIDE, y = Math.floor(i / SIDE);
    let sum = 0;
    for (let a = -reach; a <= reach; a++) {
      for (let b = -reach; b <= reach; b++) {
        sum += weight(a) * weight(b) * noise(mirrored(y + a) * SIDE + mirrored(x + b)) / (total * total);
      }
    }
    return sum;
  });
}

/** torchvision's grid sampling with zeros outside, and its mask for the fill of 0. */
function sampled(x: number, y: number): number {
  const left = Math.floor(x), top = Math.floor(y);
  let value = 0, inside = 0;
  for (const row of [top, top + 1]) {
    for (const column of [left, left + 1]) {
      if (row < 0 || row >= SIDE || column < 0 || column >= SIDE) continue;
      const weight = (1 - Math.abs(x - column)) * (1 - Math.abs(y - row));
      value += weight * image[row * SIDE + column];
      inside += weight;
    }
  }
  return value * inside;
}

for (const [alpha, sigma] of [[34, 4], [8, 0.7], [150, 6.8]]) {
  Deno.test(`elastic (alpha ${alpha}, sigma ${sigma}) follows torchvision's formula`, () => {
    const operation = { kind: "elastic", alpha, sigma, p: 1 } as const;
    const draws = new Draws(), drawn = new Float64Array(2 * PIXELS), out = new Uint8Array(PIXELS);
    draws.moveTo({ seed: 2, epoch: 1, exampleIndex: 3, ordinal: 0 });
    elastic.draw(operation, draws, drawn);
    elastic.apply(operation, drawn, image, out);
    const right = smoothed((i) => 2 * draws.unit(i) - 1, sigma);
    const down = smoothed((i) => 2 * draws.unit(PIXELS + i) - 1, sigma);
    for (let i = 0; i < PIXELS; i++) {
      ok(Math.abs(drawn[i] - right[i] * alpha / 2) < 1e-11 * alpha, `x of pixel ${i}`);
      ok(Math.abs(drawn[PIXELS + i] - down[i] * alpha / 2) < 1e-11 * alpha, `y of pixel ${i}`);
      const expected = sampled(i % SIDE + right[i] * alpha / 2, Math.floor(i / SIDE) + down[i] * alpha / 2);
      ok(Math.abs(out[i] - expected) <= 1, `pixel ${i}: ${out[i]}, not ${expected}`); // weights have 11 bits
    }
  });
}

Deno.test("elastic without a field changes nothing", () => {
  const drawn = new Float64Array(2 * PIXELS), out = new Uint8Array(PIXELS);
  for (const operation of [{ kind: "elastic", alpha: 0, sigma: 2, p: 1 } as const]) {
    elastic.draw(operation, new ChosenDraws((number) => (number * 37 % 100) / 100), drawn);
    elastic.apply(operation, drawn, image, out);
    deepEqual(out, image);
  }
});

Deno.test("elastic by a field that is the same everywhere moves the image", () => {
  const drawn = new Float64Array(2 * PIXELS), out = new Uint8Array(PIXELS);
  drawn.fill(2, 0, PIXELS);
  drawn.fill(-1, PIXELS);
  elastic.apply({ kind: "elastic", alpha: 1, sigma: 1, p: 1 }, drawn, image, out);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const expected = y >= 1 && x + 2 < SIDE ? image[(y - 1) * SIDE + x + 2] : 0;
      ok(out[y * SIDE + x] === expected, `(${x}, ${y})`);
    }
  }
});

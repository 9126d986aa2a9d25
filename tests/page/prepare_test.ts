import assert from "node:assert/strict";
import { prepareDigit, SIDE, type Stroke } from "../../page/prepare.ts";

/** Half a circle with a tail, as shares of the pad. */
const SIX: Stroke = Array.from({ length: 41 }, (_, i) => {
  const turn = i / 40 * 2 * Math.PI;
  return i < 8 ? [0.6 - 0.03 * i, 0.1 + 0.05 * i] : [0.5 + 0.2 * Math.sin(turn), 0.65 + 0.2 * Math.cos(turn)];
}).flat();

const moved = (stroke: Stroke, scale: number, right: number, down: number): Stroke =>
  stroke.map((share, i) => share * scale + (i % 2 === 0 ? right : down));

/** Ink as shares, and where it lies. */
function inkOf(image: Uint8Array) {
  let mass = 0, x = 0, y = 0, left = SIDE, right = -1, top = SIDE, bottom = -1;
  image.forEach((value, at) => {
    const column = at % SIDE, row = Math.floor(at / SIDE);
    mass += value;
    x += value * (column + 0.5);
    y += value * (row + 0.5);
    if (value < 128) return;
    [left, right] = [Math.min(left, column), Math.max(right, column)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
  });
  return { mass: mass / 255, x: x / mass, y: y / mass, width: right - left + 1, height: bottom - top + 1 };
}

Deno.test("prepareDigit() fills a box of 20 pixels and puts the centre of mass in the middle", () => {
  const { x, y, width, height } = inkOf(prepareDigit([SIX])!);
  // the edge of the ink is grey, so that a pixel more or less is dark
  assert.ok(Math.abs(Math.max(width, height) - 20) <= 1, `${width}×${height}`);
  assert.ok(Math.abs(x - 14) < 0.1 && Math.abs(y - 14) < 0.1, `centre of mass ${x}, ${y}`);
});

Deno.test("prepareDigit() gives the same image wherever and however large the digit is drawn", () => {
  const wanted = prepareDigit([SIX])!;
  for (const [scale, right, down] of [[0.3, 0, 0], [0.5, 0.4, 0.1], [1.1, -0.05, 0]]) {
    const got = prepareDigit([moved(SIX, scale, right, down)])!;
    // one step of 255: float64 rounds elsewhere
    assert.ok(got.every((value, i) => Math.abs(value - wanted[i]) <= 1), `scale ${scale}`);
  }
});

Deno.test("prepareDigit() keeps a digit's shape: a 1 stays thin", () => {
  const { width, height } = inkOf(prepareDigit([[0.5, 0.2, 0.5, 0.8]])!);
  assert.ok(width <= 4 && height >= 19, `${width}×${height}`);
});

Deno.test("prepareDigit() sees nothing on an empty pad, and a dot in a dot", () => {
  assert.equal(prepareDigit([]), undefined);
  assert.equal(prepareDigit([[]]), undefined);
  for (const dot of [[0.3, 0.3], [0.3, 0.3, 0.31, 0.3, 0.3, 0.31]]) {
    const { mass, width } = inkOf(prepareDigit([dot])!);
    assert.ok(mass > 2 && width <= 4, `${mass} pixels of ink, ${width} wide`);
  }
});

import { deepEqual } from "node:assert/strict";
import { PIXELS } from "../../../engine/augmentations/mod.ts";
import { randomCrop } from "../../../engine/augmentations/random_crop.ts";
import { move, translate } from "../../../engine/augmentations/translate.ts";
import { listed } from "./draws.ts";

const image = Uint8Array.from({ length: PIXELS }, (_, i) => 1 + i % 255);

/** The image moved, pixel by pixel. */
function moved(x: number, y: number): Uint8Array {
  const expected = new Uint8Array(PIXELS);
  for (let row = 0; row < 28; row++) {
    for (let column = 0; column < 28; column++) {
      const fromRow = row - y, fromColumn = column - x;
      if (fromRow >= 0 && fromRow < 28 && fromColumn >= 0 && fromColumn < 28) {
        expected[row * 28 + column] = image[fromRow * 28 + fromColumn];
      }
    }
  }
  return expected;
}

Deno.test("move() moves by any number of pixels", () => {
  const out = new Uint8Array(PIXELS);
  for (
    const [x, y] of [[0, 0], [3, -2], [-27, 27], [27, 27], [28, 0], [0, -28], [-100, 100], [1, 0], [-1, 0]]
  ) {
    move(image, x, y, out);
    deepEqual(out, moved(x, y), `x ${x}, y ${y}`);
  }
});

Deno.test("translate draws x first, then y, in whole pixels", () => {
  const drawn = new Float64Array(2);
  translate.draw({ kind: "translate", fraction: 0.25, p: 1 }, listed(0.75, 0.5), drawn);
  deepEqual([...drawn], [4, 0]); // (2 · 0.75 − 1) · 7 = 3.5, a half goes up
  translate.draw({ kind: "translate", fraction: 0.25, p: 1 }, listed(0, 0.99), drawn);
  deepEqual([...drawn], [-7, 7]);
});

Deno.test("randomCrop draws the row first, then the column, and cuts what the padding surrounds", () => {
  const drawn = new Float64Array(2), out = new Uint8Array(PIXELS);
  const operation = { kind: "randomCrop", padding: 3, p: 1 } as const;
  for (const [row, column] of [[0, 6], [3, 3], [5, 1]]) {
    randomCrop.draw(operation, listed((row + 0.5) / 7, (column + 0.5) / 7), drawn);
    deepEqual([...drawn], [row, column]);
    randomCrop.apply(operation, drawn, image, out);
    deepEqual(out, moved(3 - column, 3 - row));
  }
});

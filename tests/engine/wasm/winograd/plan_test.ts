import { equal, ok } from "node:assert/strict";
import { type ConvShape, outputHeight, outputWidth, POSITION_BYTES } from "../../../../engine/wasm/layout.ts";
import { planWinograd } from "../../../../engine/wasm/winograd/plan.ts";
import { TILES } from "../../../../engine/wasm/winograd/tiles.ts";

const shape = (
  inputs: number,
  outputs: number,
  [height, width]: readonly [number, number],
  padding = 0,
): ConvShape => ({ inputs, outputs, height, width, kernel: 3, padding });

const SHAPES: readonly ConvShape[] = [
  shape(1, 1, [3, 3]),
  shape(4, 1, [4, 9]),
  shape(7, 2, [1, 1], 2),
  shape(6, 13, [3, 31]),
  shape(64, 64, [28, 28], 1),
];

Deno.test("planWinograd() covers the output with tiles and the input with its padding, no more", () => {
  for (const tile of TILES) {
    for (const shape of SHAPES) {
      const plan = planWinograd(shape, tile), m = tile.outputs;
      const tileRows = plan.strips.reduce((sum, strip) => sum + strip.tileRows, 0);
      equal(m * (tileRows - 1) + plan.strips.at(-1)!.lastRows, outputHeight(shape));
      equal(m * (plan.tileColumns - 1) + plan.lastColumns, outputWidth(shape));
      equal(plan.input.rows, shape.height + 2 * shape.padding);
      equal(plan.input.columns, shape.width + 2 * shape.padding);
      equal(plan.output.rows, outputHeight(shape));
      plan.strips.forEach(({ isFirst, lastRows }, i) => {
        equal(isFirst, i === 0);
        ok(lastRows === m || i === plan.strips.length - 1);
      });
    }
  }
});

Deno.test("planWinograd() takes the tile that costs least", () => {
  // products of all tiles, for each pair of channels: 26×26 has 1764 by F(4×4), 2025 by F(3×3), 2704 by F(2×2);
  // 9×9 has 324, 225 and 400; 2×2 has 36, 25 and 16
  equal(planWinograd(shape(16, 20, [28, 28])).tile.outputs, 4);
  equal(planWinograd(shape(28, 36, [11, 11])).tile.outputs, 3);
  equal(planWinograd(shape(32, 32, [4, 4])).tile.outputs, 2);
});

Deno.test("planWinograd() keeps a strip in a second-level cache, unless a row of tiles is more than that", () => {
  const bytesOf = ({ tile, shape, strips, tileColumns }: ReturnType<typeof planWinograd>) =>
    tile.points ** 2 * (shape.inputs + shape.outputs) * strips[0].tileRows * tileColumns * POSITION_BYTES;
  const small = planWinograd(shape(16, 20, [28, 28]));
  ok(small.strips.length > 1 && bytesOf(small) <= 640 * 1024);
  const large = planWinograd(shape(128, 128, [28, 28]));
  ok(bytesOf(large) > 640 * 1024 && large.strips.every(({ tileRows }) => tileRows === 1));
});

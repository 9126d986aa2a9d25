import { deepEqual, ok } from "node:assert/strict";
import { drawMany, Stream, toUnit } from "../../../../engine/streams.ts";
import { type Algebra, type Tile, TILES } from "../../../../engine/wasm/winograd/tiles.ts";

/** Of a float32 rounding. */
const UNIT_ROUNDOFF = 2 ** -24;

const float64: Algebra<number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (c, a) => c * a,
  multiplyAdd: (c, a, b) => c * a + b,
};

/** As the kernels compute: every operation rounds once, and constants are float32. */
const float32: Algebra<number> = {
  add: (a, b) => Math.fround(a + b),
  subtract: (a, b) => Math.fround(a - b),
  multiply: (c, a) => Math.fround(Math.fround(c) * a),
  multiplyAdd: (c, a, b) => Math.fround(Math.fround(c) * a + b),
};

/** Of absolute values: what each term can add to an error. */
const absolute: Algebra<number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a + b,
  multiply: (c, a) => Math.abs(c) * a,
  multiplyAdd: (c, a, b) => Math.abs(c) * a + b,
};

const isFloat32 = (c: number): boolean => Math.fround(c) === c;

/** Of the number of roundings that a value has gone through; a constant that is no float32 has one of its own. */
const roundings: Algebra<number> = {
  add: (a, b) => Math.max(a, b) + 1,
  subtract: (a, b) => Math.max(a, b) + 1,
  multiply: (c, a) => a + (isFloat32(c) ? 1 : 2),
  multiplyAdd: (c, a, b) => Math.max(a + (isFloat32(c) ? 0 : 1), b) + 1,
};

type Kind = "input" | "inputGradient" | "output" | "outputGradient" | "weight" | "weightGradient";
type Square = readonly (readonly number[])[];

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const square = (n: number, value: (i: number, j: number) => number): Square =>
  range(n).map((i) => range(n).map((j) => value(i, j)));

/** T x Tᵀ. */
function bothSides(tile: Tile, kind: Kind, v: Algebra<number>, x: Square): Square {
  const columns = x[0].map((_, j) => tile[kind](v, x.map((row) => row[j])));
  return columns[0].map((_, i) => tile[kind](v, columns.map((column) => column[i])));
}

/** The matrix of a one-dimensional transform. */
const matrixOf = (tile: Tile, kind: Kind, size: number): Square => {
  const columns = range(size).map((j) => tile[kind](float64, range(size).map((i) => i === j ? 1 : 0)));
  return columns[0].map((_, i) => columns.map((column) => column[i]));
};

/** The longest chain of roundings of a one-dimensional transform. */
const depth = (tile: Tile, kind: Kind, size: number): number =>
  Math.max(...tile[kind](roundings, range(size).map(() => 0)));

/** A pass of a convolution on one tile: y = out(Σ left(a) ⊙ right(b)). */
interface Pass {
  readonly name: string;
  readonly left: { readonly kind: Kind; readonly size: (tile: Tile) => number };
  readonly right: { readonly kind: Kind; readonly size: (tile: Tile) => number };
  readonly out: Kind;
  /** By the definition. */
  direct(a: Square, b: Square): Square;
}

/** Σ a[i + p][j + q] · b[p][q] */
const correlate = (a: Square, b: Square): Square =>
  square(
    a.length - b.length + 1,
    (i, j) =>
      b.reduce((sum, row, p) => sum + row.reduce((part, value, q) => part + a[i + p][j + q] * value, 0), 0),
  );

const n = (tile: Tile) => tile.points, m = (tile: Tile) => tile.outputs, three = () => 3;
const padded = (a: Square, by: number): Square =>
  square(a.length + 2 * by, (i, j) => a[i - by]?.[j - by] ?? 0);

const PASSES: readonly Pass[] = [
  {
    name: "y",
    left: { kind: "input", size: n },
    right: { kind: "weight", size: three },
    out: "output",
    direct: correlate,
  },
  {
    name: "dInput",
    left: { kind: "outputGradient", size: m },
    right: { kind: "weight", size: three },
    out: "inputGradient",
    direct: (dOutput, weight) => correlate(padded(dOutput, 2), square(3, (i, j) => weight[2 - i][2 - j])),
  },
  {
    name: "dWeight",
    left: { kind: "input", size: n },
    right: { kind: "outputGradient", size: m },
    out: "weightGradient",
    direct: correlate,
  },
];

/** Terms of a sum: channels, or tiles. */
const TERMS = 20, TRIALS = 120;

/** From U(−½, ½), rounded to float32. */
function drawTiles(size: number, index: number): Square[] {
  const words = new Uint32Array(TRIALS * TERMS * size * size);
  drawMany({ seed: 5, stream: Stream.augmentation, index }, words);
  return range(TRIALS * TERMS).map((tile) =>
    square(size, (i, j) => toUnit(words[(tile * size + i) * size + j]) - 0.5)
  );
}

const zip = (a: Square, b: Square, combine: (x: number, y: number) => number): Square =>
  a.map((row, i) => row.map((value, j) => combine(value, b[i][j])));

const absoluteOf = (x: Square): Square => x.map((row) => row.map(Math.abs));

/** A pass with every step in some algebra, products summed by `sum(total, x, y)`. */
function run(
  tile: Tile,
  { left, right, out }: Pass,
  v: Algebra<number>,
  terms: readonly (readonly [Square, Square])[],
  sum: (total: number, x: number, y: number) => number,
): Square {
  let total = square(tile.points, () => 0);
  for (const [a, b] of terms) {
    const transformed = [bothSides(tile, left.kind, v, a), bothSides(tile, right.kind, v, b)];
    total = total.map((row, i) =>
      row.map((value, j) => sum(value, transformed[0][i][j], transformed[1][i][j]))
    );
  }
  return bothSides(tile, out, v, total);
}

/** Relative to the norm: the table of `tiles.ts`. A tenth either way, for other points would differ by more. */
const MEASURED: Readonly<Record<number, readonly number[]>> = {
  2: [1.7e-7, 1.6e-7, 1.5e-7],
  3: [4.6e-7, 4.6e-7, 4.1e-7],
  4: [5.1e-7, 5.3e-7, 5.4e-7],
};
const MARGIN = 1.1;

for (const tile of TILES) {
  const title = `F(${tile.outputs}×${tile.outputs},3×3)`;

  Deno.test(`${title}: the gradients' transforms are the transposes`, () => {
    const transposed = (x: Square): Square => x[0].map((_, j) => x.map((row) => row[j]));
    const { points, outputs } = tile;
    deepEqual(matrixOf(tile, "inputGradient", points), transposed(matrixOf(tile, "input", points)));
    deepEqual(matrixOf(tile, "outputGradient", outputs), transposed(matrixOf(tile, "output", points)));
    deepEqual(matrixOf(tile, "weightGradient", points), transposed(matrixOf(tile, "weight", 3)));
  });

  PASSES.forEach((pass, which) => {
    Deno.test(`${title}: the error of ${pass.name} is below its bound, and as measured`, () => {
      const { left, right, out } = pass;
      const a = drawTiles(left.size(tile), 2 * which), b = drawTiles(right.size(tile), 2 * which + 1);
      // each pass of a transform adds its longest chain, a sum one rounding for each term
      const chain = TERMS +
        2 * (depth(tile, left.kind, left.size(tile)) + depth(tile, right.kind, right.size(tile)) +
            depth(tile, out, tile.points));
      let squares = 0, reference = 0;
      for (let trial = 0; trial < TRIALS; trial++) {
        const terms = range(TERMS).map((
          t,
        ): readonly [Square, Square] => [a[trial * TERMS + t], b[trial * TERMS + t]]);
        const expected = terms.map(([x, y]) => pass.direct(x, y))
          .reduce((total, each) => zip(total, each, (x, y) => x + y));
        const got = run(tile, pass, float32, terms, (total, x, y) => Math.fround(x * y + total));
        const size = run(
          tile,
          pass,
          absolute,
          terms.map(([x, y]) => [absoluteOf(x), absoluteOf(y)]),
          (total, x, y) => total + x * y,
        );
        expected.forEach((row, i) =>
          row.forEach((value, j) => {
            const error = Math.abs(got[i][j] - value), bound = chain * UNIT_ROUNDOFF * size[i][j];
            ok(error <= bound, `error ${error}, bound ${bound}`);
            squares += error ** 2;
            reference += value ** 2;
          })
        );
      }
      const relative = Math.sqrt(squares / reference), known = MEASURED[tile.outputs][which];
      ok(relative <= MARGIN * known, `error ${relative} of the norm, expected ${known}`);
      ok(
        relative >= known / (2 * MARGIN),
        `error ${relative} of the norm, expected ${known}: correct the table`,
      );
    });
  });
}

Deno.test("every constant of A and B is a float32", () => {
  for (const tile of TILES) {
    for (const [kind, size] of [["input", tile.points], ["output", tile.points]] as const) {
      ok(matrixOf(tile, kind, size).flat().every(isFloat32), `${kind} of F(${tile.outputs})`);
    }
  }
});

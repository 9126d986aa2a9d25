/**
 * The matrix products in the middle of a Winograd convolution: one of each kind for every point of a tile.
 *
 * Operands lie tile by tile, the channels of one beside each other, `[T,C,8]`: a block of a few tiles reads a few
 * streams from beginning to end, whatever the shape.
 *
 * @module
 */
import {
  advance,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  loadPair,
  type Local,
  type Pair,
  repeat,
  set,
  setPair,
  type Stmt,
  storePair,
  V128,
  v128,
} from "../assembler.ts";
import { evenBlocks, POSITION_BYTES } from "../layout.ts";
import { foldLanes } from "../reduction.ts";

const { add, mul, madd } = f32x4;

/**
 * How many sums are kept in registers beside their operands: output rows by tiles in a product, rows alone for a
 * tile that is left over. Speed only: no sum's order depends on it.
 */
export interface Blocking {
  readonly rows: number;
  readonly tiles: number;
  readonly rowsOfOneTile: number;
}

/** For fifteen 128-bit registers; each sum takes two. */
export const NARROW: Blocking = { rows: 6, tiles: 1, rowsOfOneTile: 6 };

/** For fifteen registers that hold a whole position, or thirty that hold half of one. */
export const WIDE: Blocking = { rows: 6, tiles: 2, rowsOfOneTile: 12 };

/** Output rows whose weight gradients are folded together, and input channels beside them. */
const FOLDED = 4, COLUMNS = 2;

/** Terms of a sum in one round of a loop. */
const UNROLLED = 4;

/** Output channels as the sums of `weightProduct` have them, in whole vectors. */
export const paddedRows = (rows: number): number => FOLDED * Math.ceil(rows / FOLDED);

/** Bytes of one sum of `weightProduct`: its two halves. */
export const SUM_BYTES = 8;

/**
 * Runs `term(i)` for i = 0 … `terms` − 1: the first begins the sums, and the others are in a loop, `step` moving the
 * pointers.
 */
function sumTerms(
  counter: Local,
  terms: number,
  term: (offset: number, isFirst: boolean) => Stmt[],
  step: (terms: number) => Stmt[],
): Stmt {
  const rounds = Math.floor((terms - 1) / UNROLLED), rest = (terms - 1) % UNROLLED;
  const some = (count: number) => Array.from({ length: count }, (_, i) => term(i, false)).flat();
  return [
    ...term(0, true),
    ...step(1),
    ...(rounds > 0 ? [repeat(counter, rounds, ...some(UNROLLED), ...step(UNROLLED))] : []),
    ...some(rest),
    ...step(rest),
  ].flat();
}

/**
 * out[t,r] = Σ(s) weights[r,s] · operand[t,s], each of eight lanes, s ascending.
 *
 * `operand` `[tiles,terms,8]`, `out` `[tiles,rows,8]`; `weights` have `weightRow` bytes from row to row and `weightTerm`
 * from term to term. Pointers are left as they were. `meanwhile` is done before each
 * block of tiles.
 */
export function product(
  f: FunctionBuilder,
  { tiles, rows, terms, weightRow, weightTerm }: {
    tiles: number;
    rows: number;
    terms: number;
    weightRow: number;
    weightTerm: number;
  },
  pointers: { weights: Local; operand: Local; out: Local },
  { blocking, meanwhile = [] }: { blocking: Blocking; meanwhile?: Stmt },
): Stmt {
  const weightsAt = f.local(I32), from = f.local(I32), to = f.local(I32);
  const tileCounter = f.local(I32), blockCounter = f.local(I32), termCounter = f.local(I32);
  const sums = f.pairs(Math.max(blocking.rows * blocking.tiles, blocking.rowsOfOneTile));
  const operand = f.pairs(blocking.tiles), weight = f.local(V128);
  const operandTile = terms * POSITION_BYTES, outTile = rows * POSITION_BYTES;

  const block = (height: number, width: number): Stmt[] => {
    const sum = (r: number, t: number): Pair => sums[r * width + t];
    const term = (s: number, isFirst: boolean): Stmt[] => {
      const statements: Stmt[] = [];
      for (let t = 0; t < width; t++) {
        statements.push(loadPair(operand[t], get(from), t * operandTile + s * POSITION_BYTES));
      }
      for (let r = 0; r < height; r++) {
        statements.push(set(weight, v128.load32Splat(get(weightsAt), s * weightTerm + r * weightRow)));
        for (let t = 0; t < width; t++) {
          statements.push(
            setPair(
              sum(r, t),
              (h) =>
                isFirst
                  ? mul(get(weight), get(operand[t][h]))
                  : madd(get(weight), get(operand[t][h]), get(sum(r, t)[h])),
            ),
          );
        }
      }
      return statements;
    };
    const places = Array.from({ length: height * width }, (_, i) => [Math.floor(i / width), i % width]);
    return [
      sumTerms(termCounter, terms, term, (s) => [
        advance(weightsAt, s * weightTerm),
        advance(from, s * POSITION_BYTES),
      ]),
      ...places.map(([r, t]) => storePair(get(to), sum(r, t), t * outTile + r * POSITION_BYTES)),
      advance(weightsAt, height * weightRow - terms * weightTerm),
      advance(from, -operandTile),
      advance(to, height * POSITION_BYTES),
    ];
  };
  /** All rows of some tiles, in blocks of at most two heights. */
  const allRows = (largest: number, width: number): Stmt[] => {
    const blocks = evenBlocks(rows, largest);
    return [
      ...[...new Set(blocks)].map((height) =>
        repeat(blockCounter, blocks.filter((other) => other === height).length, ...block(height, width))
      ),
      advance(weightsAt, -rows * weightRow),
      advance(from, width * operandTile),
      advance(to, (width - 1) * outTile),
    ];
  };
  const whole = Math.floor(tiles / blocking.tiles), rest = tiles % blocking.tiles;
  return [
    set(weightsAt, get(pointers.weights)),
    set(from, get(pointers.operand)),
    set(to, get(pointers.out)),
    ...(whole > 0 ? [repeat(tileCounter, whole, meanwhile, ...allRows(blocking.rows, blocking.tiles))] : []),
    ...(rest > 0 ? [repeat(tileCounter, rest, ...allRows(blocking.rowsOfOneTile, 1))] : []),
  ].flat();
}

/**
 * sums[c,k] = Σ(t) m[t,k] · v[t,c], t ascending, then the four lanes of each half as (0 + 2) + (1 + 3); the halves stay
 * apart. Added to what is there if `accumulates`.
 *
 * `v` `[tiles,inputs,8]`, `m` `[tiles,outputs,8]`, `sums` `[inputs,paddedRows(outputs)/4,2,4]`; those of the padding are
 * no sums of anything. Pointers are left as they were.
 */
export function weightProduct(
  f: FunctionBuilder,
  { tiles, inputs, outputs, accumulates }: {
    tiles: number;
    inputs: number;
    outputs: number;
    accumulates: boolean;
  },
  pointers: { v: Local; m: Local; sums: Local },
): Stmt {
  const vAt = f.local(I32),
    mAt = f.local(I32),
    vBlock = f.local(I32),
    mBlock = f.local(I32),
    to = f.local(I32);
  const tileCounter = f.local(I32), rowCounter = f.local(I32), columnCounter = f.local(I32);
  const sums = f.pairs(FOLDED * COLUMNS), v = f.pairs(COLUMNS), m = f.pair(), folded = f.pair();
  const vTile = inputs * POSITION_BYTES, mTile = outputs * POSITION_BYTES;
  const sumsOfColumn = paddedRows(outputs) * SUM_BYTES;

  const block = (rows: number, columns: number): Stmt[] => {
    const sum = (k: number, c: number): Pair => sums[k * COLUMNS + c];
    const term = (t: number, isFirst: boolean): Stmt[] => {
      const statements: Stmt[] = [];
      for (let c = 0; c < columns; c++) {
        statements.push(loadPair(v[c], get(vAt), t * vTile + c * POSITION_BYTES));
      }
      for (let k = 0; k < rows; k++) {
        statements.push(loadPair(m, get(mAt), t * mTile + k * POSITION_BYTES));
        for (let c = 0; c < columns; c++) {
          statements.push(
            setPair(
              sum(k, c),
              (h) =>
                isFirst ? mul(get(m[h]), get(v[c][h])) : madd(get(m[h]), get(v[c][h]), get(sum(k, c)[h])),
            ),
          );
        }
      }
      return statements;
    };
    const fold = (c: number): Stmt[] => [
      setPair(folded, (h, half) => {
        const [x, y, z, w] = Array.from({ length: FOLDED }, (_, k) => get(sum(Math.min(k, rows - 1), c)[h]));
        const four = foldLanes(x, y, z, w);
        return accumulates ? add(v128.load(get(to), c * sumsOfColumn + half), four) : four;
      }),
      storePair(get(to), folded, c * sumsOfColumn),
    ];
    return [
      set(vAt, get(vBlock)),
      set(mAt, get(mBlock)),
      sumTerms(tileCounter, tiles, term, (t) => [advance(vAt, t * vTile), advance(mAt, t * mTile)]),
      ...Array.from({ length: columns }, (_, c) => fold(c)).flat(),
      advance(to, FOLDED * SUM_BYTES),
    ];
  };
  const allRows = (columns: number): Stmt[] => {
    const whole = Math.floor(outputs / FOLDED), rest = outputs % FOLDED;
    return [
      set(mBlock, get(pointers.m)),
      ...(whole > 0
        ? [repeat(rowCounter, whole, ...block(FOLDED, columns), advance(mBlock, FOLDED * POSITION_BYTES))]
        : []),
      ...(rest > 0 ? block(rest, columns) : []),
      advance(vBlock, columns * POSITION_BYTES),
      advance(to, (columns - 1) * sumsOfColumn),
    ];
  };
  const whole = Math.floor(inputs / COLUMNS), rest = inputs % COLUMNS;
  return [
    set(vBlock, get(pointers.v)),
    set(to, get(pointers.sums)),
    ...(whole > 0 ? [repeat(columnCounter, whole, ...allRows(COLUMNS))] : []),
    ...(rest > 0 ? allRows(rest) : []),
  ].flat();
}

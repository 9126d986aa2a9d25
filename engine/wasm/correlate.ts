/**
 * Sums of weighted neighbours, the form that a convolution's output and its input's gradient share, for one slice of
 * eight examples:
 *
 *   to[g,r, toStep·i + toRow, toStep·j + toColumn] =
 *     bias[g,r] + Σ(s, taps) weight[g,r,s,tap] · from[g,s, fromStep·i + tap.row, fromStep·j + tap.column]
 *
 * with g over groups, r over a group's channels of `to`, s over a group's channels of `from`. The code is made for
 * one shape: output channels by output positions are kept in registers, as many as fit, so that each weight is loaded
 * once for several positions and each value once for several channels. One input channel and many positions is what a
 * depthwise convolution gets, many channels and few positions what a 1×1 convolution gets, which is a matrix product.
 *
 * Order of sums: s ascending, taps in the order given (row by row); the bias, else 0, comes first. Blocking does not
 * change it.
 *
 * @module
 */
import {
  advance,
  type Expr,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  i32,
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
} from "./assembler.ts";
import { channelBytes, evenBlocks, imageOffset, type Plane, POSITION_BYTES, rowBytes } from "./layout.ts";

/** One weighted neighbour: its place relative to the output's, in positions of `from`, and its weight's index. */
export interface Tap {
  readonly row: number;
  readonly column: number;
  readonly weight: number;
}

/** What is summed. */
export interface Correlation {
  /** Has zeros wherever taps reach around the image. */
  readonly from: Plane;
  readonly to: Plane;
  readonly groups: number;
  /** Sorted by row, then column; none: `to` becomes 0 there. */
  readonly taps: readonly Tap[];
  /** Outputs. */
  readonly height: number;
  readonly width: number;
  readonly fromStep: number;
  readonly toStep: number;
  readonly toRow: number;
  readonly toColumn: number;
  /** Elements from one weight to that of the next channel of `to`, of `from`, and of the next group. */
  readonly weightStrides: { readonly to: number; readonly from: number; readonly group: number };
}

/** Sums, a pair of vectors each, that fit into the registers beside their operands. */
const SUMS = { narrow: 6, wide: 12 };

/** Positions in a block of one channel; beyond, their neighbours' loads are shared well enough. */
const LARGEST_POSITIONS = { narrow: 5, wide: 8 };

/** Channels of `to` in a block. */
const LARGEST_ROWS = 6;

/** Weights that may wait in registers while values pass by: no fewer than `LARGEST_ROWS`. */
const WAITING_WEIGHTS = 8;

/** Multiply-adds of pairs that a loop over input channels unrolls: enough to make its own steps cheap. */
const UNROLLED_PRODUCTS = 108;

/** Taps of the same row, which neighbouring positions share. */
function tapRows(taps: readonly Tap[]): Tap[][] {
  const rows = new Map<number, Tap[]>();
  for (const tap of taps) rows.set(tap.row, [...rows.get(tap.row) ?? [], tap]);
  return [...rows.values()];
}

/** Distinct numbers, ascending. */
const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

/** Blocks of equal size, in order: `[size, how many]`. */
export function runsOf(blocks: readonly number[]): [number, number][] {
  const counts = new Map<number, number>();
  for (const size of blocks) counts.set(size, (counts.get(size) ?? 0) + 1);
  return [...counts];
}

/**
 * Input channels of `count` that a loop unrolls: at most `largest`, so that none are left over if that costs little.
 */
function unrolledChannels(count: number, largest: number): number {
  for (let size = largest; 2 * size > largest; size--) if (count % size === 0) return size;
  return Math.min(count, largest);
}

/** Statements of a correlation. Pointers are left as they were; `bias` is absent where sums start at 0. */
export function correlate(
  f: FunctionBuilder,
  plan: Correlation,
  pointers: { readonly from: Local; readonly weight: Local; readonly to: Local; readonly bias?: Local },
  wide: boolean,
): Stmt {
  const { from, to, groups, taps, height, width, fromStep, toStep, weightStrides } = plan;
  const rows = to.channels / groups, terms = from.channels / groups;
  const tapOffset = (row: number, column: number) => row * rowBytes(from) + column * POSITION_BYTES;
  const start = imageOffset(from) +
    Math.min(...taps.length > 0 ? taps.map((tap) => tapOffset(tap.row, tap.column)) : [0]);
  /** From the block's pointer to a tap of its position p. */
  const offset = (row: number, column: number) => imageOffset(from) + tapOffset(row, column) - start;
  const registers = wide ? "wide" : "narrow";
  const rowBlocks = evenBlocks(rows, LARGEST_ROWS);
  const positionsFor = (rowCount: number) =>
    Math.min(LARGEST_POSITIONS[registers], Math.max(1, Math.floor(SUMS[registers] / rowCount)));
  const columnBlocks = (rowCount: number) => evenBlocks(width, positionsFor(rowCount));

  const largest = Math.max(...rowBlocks.map((rowCount) => rowCount * columnBlocks(rowCount)[0]));
  const sums = f.pairs(largest), operands = f.pairs(Math.max(...rowBlocks.map((r) => columnBlocks(r)[0])));
  const weights = f.locals(WAITING_WEIGHTS, V128);
  const [group, block, row, column, channel] = f.locals(5, I32);
  const [fromGroup, source, at, weightBlock, weightAt, toBlock, out, bias] = f.locals(8, I32);

  const multiplyAdd = (sum: Pair, weight: Local, operand: Pair): Stmt =>
    setPair(sum, (h) => f32x4.madd(get(weight), get(operand[h]), get(sum[h])));

  /** Whether fewer registers wait for their next use if the weights of a tap do, not its values. */
  const weightsWait = (rowCount: number, positions: number) =>
    wide ? rowCount < positions : rowCount + 2 < 2 * positions + 1;

  /** One input channel's part of `rowCount` × `positions` sums, s channels behind the pointers. */
  const products = (rowCount: number, positions: number, s: number, pointer: Local, weightPointer: Local) => {
    const weight = (r: number, tap: Tap): Expr =>
      v128.load32Splat(
        get(weightPointer),
        4 * (r * weightStrides.to + s * weightStrides.from + tap.weight),
      );
    const load = (operand: Pair, tapRow: number, column: number): Stmt =>
      loadPair(operand, get(pointer), s * channelBytes(from) + offset(tapRow, column));
    return tapRows(taps).flatMap((rowTaps): Stmt[] => {
      const tapRow = rowTaps[0].row, channels = Array.from({ length: rowCount }, (_, r) => r);
      if (rowCount === 1 && rowTaps.length > 1 && rowTaps.length <= WAITING_WEIGHTS && positions > 1) {
        // each value is loaded once; as columns ascend, a sum meets its taps in their order
        const columns = ascending(
          rowTaps.flatMap((tap) => Array.from({ length: positions }, (_, p) => fromStep * p + tap.column)),
        );
        return [
          ...rowTaps.map((tap, t) => set(weights[t], weight(0, tap))),
          ...columns.flatMap((q) => [
            load(operands[0], tapRow, q),
            ...rowTaps.flatMap((tap, t) => {
              const p = (q - tap.column) / fromStep;
              return Number.isInteger(p) && p >= 0 && p < positions
                ? [multiplyAdd(sums[p], weights[t], operands[0])]
                : [];
            }),
          ]),
        ];
      }
      const here = operands.slice(0, positions);
      return rowTaps.flatMap((tap) => {
        const column = (p: number) => fromStep * p + tap.column;
        return weightsWait(rowCount, positions)
          ? [
            ...channels.map((r) => set(weights[r], weight(r, tap))),
            ...here.flatMap((x, p) => [
              load(x, tapRow, column(p)),
              ...channels.map((r) => multiplyAdd(sums[r * positions + p], weights[r], x)),
            ]),
          ]
          : [
            ...here.map((x, p) => load(x, tapRow, column(p))),
            ...channels.flatMap((r) => [
              set(weights[0], weight(r, tap)),
              ...here.map((x, p) => multiplyAdd(sums[r * positions + p], weights[0], x)),
            ]),
          ];
      });
    }).flat();
  };

  /** All of a block of sums, at `source`, `weightBlock` and `out`. */
  const sumBlock = (rowCount: number, positions: number): Stmt => {
    const used = sums.slice(0, rowCount * positions);
    const many = (count: number, pointer: Local, weightPointer: Local): Stmt =>
      Array.from({ length: count }, (_, s) => products(rowCount, positions, s, pointer, weightPointer))
        .flat();
    const unrolled = unrolledChannels(
      terms,
      Math.max(1, Math.floor(UNROLLED_PRODUCTS / (Math.max(1, taps.length) * used.length))),
    );
    const rounds = Math.floor(terms / unrolled);
    const first = (sum: number): Expr =>
      pointers.bias === undefined ? v128.zero : v128.load32Splat(get(bias), 4 * Math.floor(sum / positions));
    return [
      ...used.map((sum, i) => setPair(sum, () => first(i))),
      ...(taps.length === 0 ? [] : rounds === 1 ? [many(terms, source, weightBlock)] : [
        set(at, get(source)),
        set(weightAt, get(weightBlock)),
        repeat(
          channel,
          rounds,
          many(unrolled, at, weightAt),
          advance(at, unrolled * channelBytes(from)),
          advance(weightAt, 4 * unrolled * weightStrides.from),
        ),
        many(terms % unrolled, at, weightAt),
      ]),
      ...used.map((sum, i) =>
        storePair(
          get(out),
          sum,
          Math.floor(i / positions) * channelBytes(to) + (i % positions) * toStep * POSITION_BYTES,
        )
      ),
      advance(source, positions * fromStep * POSITION_BYTES),
      advance(out, positions * toStep * POSITION_BYTES),
    ].flat();
  };

  const toStart = imageOffset(to) + plan.toRow * rowBytes(to) + plan.toColumn * POSITION_BYTES;
  return [
    set(fromGroup, i32.add(get(pointers.from), i32.const(start))),
    set(weightBlock, get(pointers.weight)),
    set(toBlock, i32.add(get(pointers.to), i32.const(toStart))),
    ...(pointers.bias === undefined ? [] : [set(bias, get(pointers.bias))]),
    repeat(
      group,
      groups,
      ...runsOf(rowBlocks).map(([rowCount, count]) =>
        repeat(
          block,
          count,
          set(source, get(fromGroup)),
          set(out, get(toBlock)),
          repeat(
            row,
            height,
            ...runsOf(columnBlocks(rowCount)).map(([positions, columns]) =>
              repeat(column, columns, sumBlock(rowCount, positions))
            ),
            advance(source, fromStep * (rowBytes(from) - width * POSITION_BYTES)),
            advance(out, toStep * (rowBytes(to) - width * POSITION_BYTES)),
          ),
          advance(weightBlock, 4 * rowCount * weightStrides.to),
          advance(toBlock, rowCount * channelBytes(to)),
          ...(pointers.bias === undefined ? [] : [advance(bias, 4 * rowCount)]),
        )
      ),
      advance(fromGroup, terms * channelBytes(from)),
      advance(weightBlock, 4 * (weightStrides.group - rows * weightStrides.to)),
    ),
  ].flat();
}

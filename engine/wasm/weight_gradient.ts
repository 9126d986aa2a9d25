/**
 * The gradients of a convolution's weights and bias, for one slice of eight examples:
 *
 *   dWeight[k,c,a,b] = Σ(i,j, examples) dy[k,i,j] · x[c, stride·i + dilation·a, stride·j + dilation·b]    (x padded)
 *   dBias[k] = Σ(i,j, examples) dy[k,i,j]
 *
 * with c over the input channels of k's group. Sums of several output channels by several weights of each are kept in
 * registers: three by three, where a group has one output channel (depthwise) a whole 3×3 kernel over three
 * positions at once, which share what they load. dy is 0 in lanes that hold no example.
 *
 * Order of sums: positions row by row, the eight lanes apart; then the two halves, then the four lanes as
 * (0 + 2) + (1 + 3). Blocking does not change it.
 *
 * @module
 */
import {
  advance,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  i32,
  type Local,
  repeat,
  set,
  setPair,
  type Stmt,
  storePair,
  V128,
  v128,
} from "./assembler.ts";
import { runsOf } from "./correlate.ts";
import {
  channelBytes,
  evenBlocks,
  HALVES,
  imageOffset,
  type Plane,
  POSITION_BYTES,
  rowBytes,
} from "./layout.ts";
import { storeLaneSums } from "./reduction.ts";

/** A convolution as its weights' gradient sees it. */
export interface WeightGradientPlan {
  /** x, with its padding around it. */
  readonly input: Plane;
  readonly outputGradient: Plane;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly groups: number;
}

/** Output channels, and weights of each, whose sums fit into the registers beside their operands. */
const ROWS = 3, TERMS = 3;

/** Positions at once where there are one, two or three output channels. */
const POSITIONS = [3, 2, 1];

/** The largest kernel whose sums are all kept at once where a group has one output channel. */
const WHOLE_KERNEL = 3;

/** Output channels whose bias gradients are summed side by side. */
const BIAS_ROWS = 4;

/** What the kernels need of a worker's scratch memory. */
export const SCRATCH_BYTES = WHOLE_KERNEL * WHOLE_KERNEL * POSITION_BYTES;

/**
 * A weight among those of a block: where its value lies from the block's pointer, and its index from the block's
 * first.
 */
interface Term {
  readonly row: number;
  readonly column: number;
  /** Bytes, beside row and column. */
  readonly channel: number;
  readonly index: number;
}

/** Statements that write `dWeight` `[K,C/groups,k,k]` of one slice. Pointers are left as they were. */
export function weightGradient(
  f: FunctionBuilder,
  plan: WeightGradientPlan,
  pointers: {
    readonly input: Local;
    readonly dOutput: Local;
    readonly dWeight: Local;
    readonly scratch: Local;
  },
  wide: boolean,
): Stmt {
  const { input, outputGradient, kernel, stride, padding, dilation, groups } = plan;
  const rows = outputGradient.channels / groups, channels = input.channels / groups, taps = kernel * kernel;
  const vectors = wide ? 2 : 1;
  const rowBlocks = evenBlocks(rows, ROWS);
  const positionsFor = (rowCount: number) => POSITIONS[rowCount - 1];
  const { height, width } = outputGradient;

  const largest = Math.max(rowBlocks[0] * TERMS, rowBlocks[0] === 1 ? WHOLE_KERNEL * WHOLE_KERNEL : 0);
  const sums = Array.from({ length: largest }, () => f.locals(vectors, V128));
  const gradients = Array.from(
    { length: Math.max(...rowBlocks.map((rowCount) => rowCount * positionsFor(rowCount))) },
    () => f.locals(vectors, V128),
  );
  const x = f.locals(vectors, V128);
  const [group, block, channel, kernelRow, part, row, column] = f.locals(7, I32);
  const [xGroup, xBlock, xChannel, gradientBlock, from, gradient, half, outBlock, out] = f.locals(9, I32);
  const scratch = f.local(I32);

  const setAll = (locals: readonly Local[], value: (v: number) => readonly number[]): Stmt =>
    locals.flatMap((local, v) => set(local, value(v)));

  /** A block of positions at `from` and `gradient`: what it adds to the sums. */
  const products = (rowCount: number, terms: readonly Term[], positions: number): Stmt => {
    const body: Stmt[] = [];
    for (let r = 0; r < rowCount; r++) {
      for (let p = 0; p < positions; p++) {
        body.push(
          setAll(
            gradients[r * positions + p],
            (v) =>
              v128.load(get(gradient), r * channelBytes(outputGradient) + p * POSITION_BYTES + HALVES[v]),
          ),
        );
      }
    }
    const rowsOfTerms = new Map<string, Term[]>();
    for (const term of terms) {
      const key = `${term.channel},${term.row}`;
      rowsOfTerms.set(key, [...rowsOfTerms.get(key) ?? [], term]);
    }
    for (const rowTerms of rowsOfTerms.values()) {
      const columns = new Set(
        rowTerms.flatMap((t) => Array.from({ length: positions }, (_, p) => stride * p + t.column)),
      );
      for (const q of [...columns].sort((a, b) => a - b)) {
        const offset = rowTerms[0].channel + rowTerms[0].row * rowBytes(input) + q * POSITION_BYTES;
        body.push(setAll(x, (v) => v128.load(get(from), offset + HALVES[v])));
        for (const term of rowTerms) {
          const p = (q - term.column) / stride;
          if (!Number.isInteger(p) || p < 0 || p >= positions) continue;
          for (let r = 0; r < rowCount; r++) {
            const sum = sums[r * terms.length + terms.indexOf(term)];
            body.push(
              setAll(sum, (v) => f32x4.madd(get(gradients[r * positions + p][v]), get(x[v]), get(sum[v]))),
            );
          }
        }
      }
    }
    return [
      ...body,
      advance(from, positions * stride * POSITION_BYTES),
      advance(gradient, positions * POSITION_BYTES),
    ].flat();
  };

  /** The sums of `rowCount` channels at `gradientBlock` and the terms at the pointer `at`, stored at `out`. */
  const sumBlock = (rowCount: number, terms: readonly Term[], at: Local): Stmt => {
    const used = sums.slice(0, rowCount * terms.length);
    return [
      set(half, i32.const(0)),
      set(scratch, get(pointers.scratch)),
      // halves apart, where a register holds one: twice the sums fit
      repeat(
        part,
        2 / vectors,
        ...used.map((sum) => setAll(sum, () => v128.zero)),
        set(from, i32.add(get(at), get(half))),
        set(gradient, i32.add(get(gradientBlock), get(half))),
        repeat(
          row,
          height,
          ...runsOf(evenBlocks(width, positionsFor(rowCount))).map(([positions, count]) =>
            repeat(column, count, products(rowCount, terms, positions))
          ),
          advance(from, stride * (rowBytes(input) - width * POSITION_BYTES)),
          advance(gradient, rowBytes(outputGradient) - width * POSITION_BYTES),
        ),
        ...used.flatMap((sum, i) =>
          sum.map((local, v) => v128.store(get(scratch), get(local), i * POSITION_BYTES + HALVES[v]))
        ),
        ...(vectors === 1 ? [advance(half, 16), advance(scratch, 16)] : []),
      ),
      ...storeLaneSums(
        f,
        pointers.scratch,
        out,
        used.map((_, i) =>
          4 * (Math.floor(i / terms.length) * channels * taps + terms[i % terms.length].index)
        ),
      ),
    ].flat();
  };

  const tapColumn = (b: number) => dilation * b;
  /** All terms of `rowCount` output channels at `gradientBlock`; `out` passes over them. */
  const allTerms = (rowCount: number): Stmt => {
    if (kernel === 1) {
      return runsOf(evenBlocks(channels, TERMS)).flatMap(([count, blocks]) =>
        repeat(
          channel,
          blocks,
          sumBlock(
            rowCount,
            Array.from(
              { length: count },
              (_, i) => ({ row: 0, column: 0, channel: i * channelBytes(input), index: i }),
            ),
            xBlock,
          ),
          advance(xBlock, count * channelBytes(input)),
          advance(out, 4 * count),
        )
      );
    }
    const whole = rowCount === 1 && kernel <= WHOLE_KERNEL;
    const blocks = whole ? [kernel] : evenBlocks(kernel, TERMS);
    let first = 0;
    const parts = blocks.map((count) => {
      const terms: Term[] = Array.from({ length: whole ? taps : count }, (_, i) => ({
        row: dilation * Math.floor(i / count),
        column: tapColumn(first + (i % count)),
        channel: 0,
        index: first + i,
      }));
      first += count;
      return sumBlock(rowCount, terms, xChannel);
    });
    return repeat(
      channel,
      channels,
      set(xChannel, get(xBlock)),
      repeat(
        kernelRow,
        whole ? 1 : kernel,
        ...parts,
        advance(xChannel, dilation * rowBytes(input)),
        advance(out, 4 * (whole ? taps : kernel)),
      ),
      advance(xBlock, channelBytes(input)),
    );
  };

  const start = imageOffset(input) - padding * (rowBytes(input) + POSITION_BYTES);
  return [
    set(xGroup, i32.add(get(pointers.input), i32.const(start))),
    set(gradientBlock, i32.add(get(pointers.dOutput), i32.const(imageOffset(outputGradient)))),
    set(outBlock, get(pointers.dWeight)),
    repeat(
      group,
      groups,
      ...runsOf(rowBlocks).map(([rowCount, count]) =>
        repeat(
          block,
          count,
          set(xBlock, get(xGroup)),
          set(out, get(outBlock)),
          allTerms(rowCount),
          advance(gradientBlock, rowCount * channelBytes(outputGradient)),
          advance(outBlock, 4 * rowCount * channels * taps),
        )
      ),
      advance(xGroup, channels * channelBytes(input)),
    ),
  ].flat();
}

/** Statements that write `dBias` `[K]` of one slice. Pointers are left as they were. */
export function biasGradient(
  f: FunctionBuilder,
  plane: Plane,
  pointers: { readonly dOutput: Local; readonly dBias: Local; readonly scratch: Local },
): Stmt {
  const sums = f.pairs(Math.min(BIAS_ROWS, plane.channels));
  const [block, row, column, gradientBlock, gradient, out] = f.locals(6, I32);
  return [
    set(gradientBlock, i32.add(get(pointers.dOutput), i32.const(imageOffset(plane)))),
    set(out, get(pointers.dBias)),
    ...runsOf(evenBlocks(plane.channels, BIAS_ROWS)).map(([count, blocks]) => {
      const used = sums.slice(0, count);
      return repeat(
        block,
        blocks,
        ...used.map((sum) => setPair(sum, () => v128.zero)),
        set(gradient, get(gradientBlock)),
        repeat(
          row,
          plane.height,
          repeat(
            column,
            plane.width,
            ...used.map((sum, r) =>
              setPair(
                sum,
                (h, half) => f32x4.add(get(sum[h]), v128.load(get(gradient), r * channelBytes(plane) + half)),
              )
            ),
            advance(gradient, POSITION_BYTES),
          ),
          advance(gradient, rowBytes(plane) - plane.width * POSITION_BYTES),
        ),
        ...used.map((sum, r) => storePair(get(pointers.scratch), sum, r * POSITION_BYTES)),
        ...storeLaneSums(f, pointers.scratch, out, used.map((_, r) => 4 * r)),
        advance(gradientBlock, count * channelBytes(plane)),
        advance(out, 4 * count),
      );
    }),
  ].flat();
}

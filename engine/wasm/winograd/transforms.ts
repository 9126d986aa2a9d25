/**
 * The two-dimensional transforms of a Winograd convolution, for all tiles and channels of a strip.
 *
 * Each is done a row of tiles of one channel at a time, first along one side and then along the other, by way of a
 * *stage* that stays in the first-level cache. What neighbouring tiles share along a row is transformed once. Channels
 * follow one another within a row, so that what they write side by side fills whole cache lines before it leaves.
 *
 * Tiles at the right and at the bottom may reach over the edge: what lies there is taken for zeros and not written.
 *
 * @module
 */
import {
  advance,
  type FunctionBuilder,
  get,
  I32,
  i32,
  type Local,
  type Pair,
  repeat,
  set,
  setPair,
  type Stmt,
  V128,
  v128,
} from "../assembler.ts";
import { channelBytes, type Plane, POSITION_BYTES, rowBytes } from "../layout.ts";
import { CHANNEL_RECORD, recordBytes } from "../ops/batch_norm_channel.ts";
import { fetchNow } from "./ahead.ts";
import { inputRows, type Strip, type WinogradPlan } from "./plan.ts";
import type { Transform } from "./tiles.ts";
import { PositionAlgebra } from "./vectors.ts";

/** The first row of a strip, the scratch memory and what each channel has of its own: addresses that are left as they are. */
interface Places {
  readonly image: Local;
  readonly scratch: Local;
  /** Of the output its bias, float32; of the input batch norm's record, where that is still to be done. */
  readonly perChannel?: Local;
}

/** What is known while a row of tiles is transformed: addresses that are left as they are. */
interface RowOfTiles {
  /** Where its rows begin in the channel's image. */
  readonly image: Local;
  /** Its first tile among the transformed. */
  readonly transformed: Local;
  readonly stage: Local;
  readonly perChannel: Local;
  /** Rows of the output that it has. */
  readonly outputRows: number;
  /** Whether there is none above. */
  readonly isTop: boolean;
}

interface Pointer {
  readonly local: Local;
  /** Bytes from one value to the next. */
  readonly step: number;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Rows of tiles that follow one another and are done in the same way. */
interface Run {
  readonly count: number;
  readonly outputRows: number;
  /** Whether there is none above. */
  readonly isTop: boolean;
}

/** A strip's rows of tiles as the fewest runs. */
function runsOf({ tile: { outputs: m } }: WinogradPlan, { tileRows, lastRows, isFirst }: Strip): Run[] {
  const runs: Run[] = [];
  for (let row = 0; row < tileRows; row++) {
    const outputRows = row === tileRows - 1 ? lastRows : m, isTop = isFirst && row === 0, last = runs.at(-1);
    if (last?.outputRows === outputRows && last.isTop === isTop) {
      runs[runs.length - 1] = { ...last, count: last.count + 1 };
    } else runs.push({ count: 1, outputRows, isTop });
  }
  return runs;
}

/** Runs `pass` for each row of tiles and each channel. */
function forEachRowOfTiles(
  f: FunctionBuilder,
  plan: WinogradPlan,
  strip: Strip,
  { plane, channels, transformedOffset, bytesPerChannel }: {
    plane: Plane;
    channels: number;
    transformedOffset: number;
    bytesPerChannel: number;
  },
  { image, scratch, perChannel }: Places,
  pass: (row: RowOfTiles) => Stmt[],
): Stmt {
  const at = {
    image: f.local(I32),
    transformed: f.local(I32),
    stage: f.local(I32),
    perChannel: f.local(I32),
  };
  return [
    set(at.image, get(image)),
    set(at.transformed, i32.add(get(scratch), i32.const(transformedOffset))),
    set(at.stage, i32.add(get(scratch), i32.const(plan.stageOffset))),
    ...runsOf(plan, strip).map(({ count, outputRows, isTop }) =>
      repeat(
        f.local(I32),
        count,
        perChannel === undefined ? [] : set(at.perChannel, get(perChannel)),
        repeat(
          f.local(I32),
          channels,
          ...pass({ ...at, outputRows, isTop }),
          perChannel === undefined ? [] : advance(at.perChannel, bytesPerChannel),
          advance(at.image, channelBytes(plane)),
          advance(at.transformed, POSITION_BYTES),
        ),
        advance(at.image, plan.tile.outputs * rowBytes(plane) - channels * channelBytes(plane)),
        // the row's first tile is done for all channels: on to the next row's
        advance(at.transformed, (plan.tileColumns - 1) * channels * POSITION_BYTES),
      )
    ),
  ].flat();
}

/** Runs a one-dimensional transform `count` times: `build` is given the pointers, which are left behind the last. */
function along(
  f: FunctionBuilder,
  v: PositionAlgebra,
  count: number,
  pointers: readonly Pointer[],
  build: () => void,
): Stmt {
  if (count === 0) return [];
  return repeat(
    f.local(I32),
    count,
    v.body(build),
    ...pointers.map(({ local, step }) => advance(local, step)),
  );
}

/** Zeros in the columns of the stage from `first` on. */
function clearStage(
  f: FunctionBuilder,
  v: PositionAlgebra,
  { plan, scratch, first, columns }: { plan: WinogradPlan; scratch: Local; first: number; columns: number },
): Stmt {
  const stage = f.local(I32);
  return [
    ...set(stage, i32.add(get(scratch), i32.const(plan.stageOffset))),
    ...v.body(() => {
      for (let i = 0; i < plan.tile.points; i++) {
        for (let j = first; j < columns; j++) v.store(stage, v.zero, (i * columns + j) * POSITION_BYTES);
      }
    }),
  ];
}

/** What a transform takes from an image, and where its tiles go. */
interface IntoTiles {
  readonly plane: Plane;
  readonly channels: number;
  /** Rows and columns of the image that a tile takes: from m on, tiles share them. */
  readonly taken: number;
  readonly program: Transform;
  /** Of the first point's values in scratch, and from a point to the next. */
  readonly offset: number;
  readonly pointBytes: number;
}

/** An image's tiles transformed: first their columns, into the stage, then the rows of that. */
function transformIntoTiles(
  f: FunctionBuilder,
  plan: WinogradPlan,
  strip: Strip,
  places: Places,
  { plane, channels, taken, program, offset, pointBytes }: IntoTiles,
): Stmt {
  const { tile: { outputs: m, points: n }, tileColumns, lastColumns } = plan, shared = taken - m;
  const pitch = rowBytes(plane), columns = m * tileColumns + shared, stagePitch = columns * POSITION_BYTES;
  const present = columns - m + lastColumns;
  const v = new PositionAlgebra(f), from = f.local(I32), to = f.local(I32);
  const scale = f.local(V128), shift = f.local(V128), normalizes = places.perChannel !== undefined;
  const load = (offset: number): Pair => {
    const value = v.load(from, offset);
    return normalizes ? v.normalize(value, scale, shift) : value;
  };
  const loops = forEachRowOfTiles(
    f,
    plan,
    strip,
    { plane, channels, transformedOffset: offset, bytesPerChannel: recordBytes("together") },
    places,
    ({ image, transformed, stage, perChannel, outputRows }) => [
      normalizes ? set(scale, v128.load32Splat(get(perChannel), 4 * CHANNEL_RECORD.scale)) : [],
      normalizes ? set(shift, v128.load32Splat(get(perChannel), 4 * CHANNEL_RECORD.shift)) : [],
      set(from, get(image)),
      set(to, get(stage)),
      along(
        f,
        v,
        present,
        [{ local: from, step: POSITION_BYTES }, { local: to, step: POSITION_BYTES }],
        () => {
          const values = range(taken).map((i) => i < outputRows + shared ? load(i * pitch) : v.zero);
          program(v, values).forEach((value, i) => v.store(to, value, i * stagePitch));
        },
      ),
      set(from, get(stage)),
      set(to, get(transformed)),
      repeat(
        f.local(I32),
        n,
        along(f, v, tileColumns, [
          { local: from, step: m * POSITION_BYTES },
          { local: to, step: channels * POSITION_BYTES },
        ], () => {
          const values = range(taken).map((j) => v.load(from, j * POSITION_BYTES));
          program(v, values).forEach((value, j) => v.store(to, value, j * pointBytes));
        }),
        advance(from, shared * POSITION_BYTES),
        advance(to, n * pointBytes - tileColumns * channels * POSITION_BYTES),
      ),
    ],
  );
  const clear = clearStage(f, v, { plan, scratch: places.scratch, first: present, columns });
  return [...clear, ...v.constants.load(places.scratch), ...loops];
}

/** V = Bᵀ d B; with a record of batch norm for each channel, d is max(scale·y + shift, 0) of the y that is there. */
export function transformInput(f: FunctionBuilder, plan: WinogradPlan, strip: Strip, places: Places): Stmt {
  const { image: at, scratch } = places;
  // the first strip comes unannounced
  const fetch = strip.isFirst ? fetchNow(f, { at, rows: inputRows(plan, strip) }, scratch) : [];
  const tiles = transformIntoTiles(f, plan, strip, places, {
    plane: plan.input,
    channels: plan.shape.inputs,
    taken: plan.tile.points,
    program: plan.tile.input,
    offset: plan.vOffset,
    pointBytes: plan.vBytes,
  });
  return [...fetch, ...tiles];
}

/** y = Aᵀ M A (+ bias). */
export function transformOutput(f: FunctionBuilder, plan: WinogradPlan, strip: Strip, places: Places): Stmt {
  const { tile: { outputs: m, points: n, output }, tileColumns, lastColumns } = plan, K = plan.shape.outputs;
  const pitch = rowBytes(plan.output), stagePitch = n * tileColumns * POSITION_BYTES;
  const v = new PositionAlgebra(f), from = f.local(I32), to = f.local(I32);
  const hasBias = places.perChannel !== undefined,
    biasValue = f.local(V128),
    shift: Pair = [biasValue, biasValue];
  const wholeTiles = lastColumns === m ? tileColumns : tileColumns - 1;
  /** The first `columns` of a tile. */
  const write = (columns: number) => () => {
    const values = range(n).map((j) => v.load(from, j * POSITION_BYTES));
    output(v, values).slice(0, columns).forEach((value, j) =>
      v.store(to, hasBias ? v.add(value, shift) : value, j * POSITION_BYTES)
    );
  };
  const loops = forEachRowOfTiles(
    f,
    plan,
    strip,
    {
      plane: plan.output,
      channels: K,
      transformedOffset: plan.mOffset,
      bytesPerChannel: 4,
    },
    places,
    ({ image, transformed, stage, perChannel, outputRows }) => [
      hasBias ? set(biasValue, v128.load32Splat(get(perChannel))) : [],
      set(from, get(transformed)),
      set(to, get(stage)),
      repeat(
        f.local(I32),
        n,
        along(f, v, tileColumns, [
          { local: from, step: K * POSITION_BYTES },
          { local: to, step: n * POSITION_BYTES },
        ], () => {
          const values = range(n).map((i) => v.load(from, i * n * plan.mBytes));
          output(v, values).slice(0, outputRows).forEach((value, i) => v.store(to, value, i * stagePitch));
        }),
        advance(from, plan.mBytes - tileColumns * K * POSITION_BYTES),
        advance(to, POSITION_BYTES - tileColumns * n * POSITION_BYTES),
      ),
      set(from, get(stage)),
      set(to, get(image)),
      repeat(
        f.local(I32),
        outputRows,
        along(f, v, wholeTiles, [
          { local: from, step: n * POSITION_BYTES },
          { local: to, step: m * POSITION_BYTES },
        ], write(m)),
        ...(wholeTiles < tileColumns ? [v.body(write(lastColumns)), advance(from, n * POSITION_BYTES)] : []),
        advance(to, pitch - wholeTiles * m * POSITION_BYTES),
      ),
    ],
  );
  return [...v.constants.load(places.scratch), ...loops];
}

/** dM = A dy Aᵀ. */
export function transformOutputGradient(
  f: FunctionBuilder,
  plan: WinogradPlan,
  strip: Strip,
  places: Places,
): Stmt {
  return transformIntoTiles(f, plan, strip, places, {
    plane: plan.outputGradient,
    channels: plan.shape.outputs,
    taken: plan.tile.outputs,
    program: plan.tile.outputGradient,
    offset: plan.mOffset,
    pointBytes: plan.mBytes,
  });
}

/**
 * dd = B dV Bᵀ, added to the input gradient. Neighbouring tiles share two columns and two rows: they add up in
 * registers along a row, in memory from row to row.
 */
export function transformInputGradient(
  f: FunctionBuilder,
  plan: WinogradPlan,
  strip: Strip,
  places: Places,
): Stmt {
  const { tile: { outputs: m, points: n, inputGradient }, tileColumns, lastColumns } = plan;
  const C = plan.shape.inputs, columns = m * tileColumns + 2, present = columns - m + lastColumns;
  const pitch = rowBytes(plan.input), stagePitch = columns * POSITION_BYTES;
  const v = new PositionAlgebra(f), from = f.local(I32), to = f.local(I32);
  /** What the tile to the left leaves to this tile's first two columns. */
  const carry = f.pairs(2);
  const loops = forEachRowOfTiles(
    f,
    plan,
    strip,
    {
      plane: plan.input,
      channels: C,
      transformedOffset: plan.vOffset,
      bytesPerChannel: 0,
    },
    places,
    ({ image, transformed, stage, outputRows, isTop }) => [
      set(from, get(transformed)),
      set(to, get(stage)),
      repeat(
        f.local(I32),
        n,
        ...carry.map((pair) => setPair(pair, () => get(v.zero[0]))),
        along(f, v, tileColumns, [
          { local: from, step: C * POSITION_BYTES },
          { local: to, step: m * POSITION_BYTES },
        ], () => {
          const values = range(n).map((j) => v.load(from, j * plan.vBytes));
          const d = inputGradient(v, values);
          d.slice(0, m).forEach((value, j) =>
            v.store(to, j < 2 ? v.add(value, carry[j]) : value, j * POSITION_BYTES)
          );
          carry.forEach((pair, j) => v.assign(pair, d[m + j]));
        }),
        v.body(() => carry.forEach((pair, j) => v.store(to, pair, j * POSITION_BYTES))),
        advance(from, n * plan.vBytes - tileColumns * C * POSITION_BYTES),
        advance(to, 2 * POSITION_BYTES),
      ),
      set(from, get(stage)),
      set(to, get(image)),
      along(
        f,
        v,
        present,
        [{ local: from, step: POSITION_BYTES }, { local: to, step: POSITION_BYTES }],
        () => {
          const values = range(n).map((i) => v.load(from, i * stagePitch));
          inputGradient(v, values).slice(0, outputRows + 2).forEach((value, i) =>
            v.store(to, i < 2 && !isTop ? v.add(value, v.load(to, i * pitch)) : value, i * pitch)
          );
        },
      ),
    ],
  );
  return [...v.constants.load(places.scratch), ...loops];
}

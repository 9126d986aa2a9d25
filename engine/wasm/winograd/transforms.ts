/**
 * The two-dimensional transforms of a Winograd convolution, for all tiles and channels of a strip.
 *
 * Each is done a row of tiles of one channel at a time, first along one side and then along the other, by way of a
 * *stage* that stays in the first-level cache. What neighbouring tiles share along a row is transformed once. Channels
 * follow one another within a row, so that what they write side by side fills whole cache lines before it leaves.
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
import { channelBytes, POSITION_BYTES, rowBytes } from "../layout.ts";
import type { WinogradPlan } from "./plan.ts";
import { PositionAlgebra } from "./vectors.ts";

/** A strip's part of a plane, the scratch memory and a channel's bias: addresses that are left as they are. */
interface Places {
  readonly image: Local;
  readonly scratch: Local;
  readonly bias?: Local;
}

interface Pointer {
  readonly local: Local;
  /** Bytes from one value to the next. */
  readonly step: number;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/**
 * Runs `pass` for each row of tiles and each channel: `image` then points at the channel's rows, `transformed` at their
 * first tile, `stage` at the stage and `bias` at the channel's.
 */
function forEachRowOfTiles(
  f: FunctionBuilder,
  plan: WinogradPlan,
  { tileRows, channels, imageStep, imageRow, transformedOffset }: {
    tileRows: number;
    channels: number;
    imageStep: number;
    imageRow: number;
    transformedOffset: number;
  },
  { image, scratch, bias }: Places,
  pass: (at: { image: Local; transformed: Local; stage: Local; bias: Local }) => Stmt[],
): Stmt {
  const row = f.local(I32), channel = f.local(I32);
  const imageAt = f.local(I32), transformed = f.local(I32), stage = f.local(I32), biasAt = f.local(I32);
  return [
    set(imageAt, get(image)),
    set(transformed, i32.add(get(scratch), i32.const(transformedOffset))),
    set(stage, i32.add(get(scratch), i32.const(plan.stageOffset))),
    repeat(
      row,
      tileRows,
      bias === undefined ? [] : set(biasAt, get(bias)),
      repeat(
        channel,
        channels,
        ...pass({ image: imageAt, transformed, stage, bias: biasAt }),
        bias === undefined ? [] : advance(biasAt, 4),
        advance(imageAt, imageStep),
        advance(transformed, POSITION_BYTES),
      ),
      advance(imageAt, plan.tile.outputs * imageRow - channels * imageStep),
      // the row's first tile is done for all channels: on to the next row's
      advance(transformed, (plan.tileColumns - 1) * channels * POSITION_BYTES),
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
  return repeat(
    f.local(I32),
    count,
    v.body(build),
    ...pointers.map(({ local, step }) => advance(local, step)),
  );
}

/** V = Bᵀ d B. */
export function transformInput(
  f: FunctionBuilder,
  plan: WinogradPlan,
  tileRows: number,
  places: Places,
): Stmt {
  const { tile: { outputs: m, points: n, input }, tileColumns } = plan, C = plan.shape.inputs;
  const pitch = rowBytes(plan.input), columns = m * tileColumns + 2, stagePitch = columns * POSITION_BYTES;
  const v = new PositionAlgebra(f), from = f.local(I32), to = f.local(I32);
  const loops = forEachRowOfTiles(
    f,
    plan,
    {
      tileRows,
      channels: C,
      imageStep: channelBytes(plan.input),
      imageRow: pitch,
      transformedOffset: plan.vOffset,
    },
    places,
    ({ image, transformed, stage }) => [
      set(from, get(image)),
      set(to, get(stage)),
      along(
        f,
        v,
        columns,
        [{ local: from, step: POSITION_BYTES }, { local: to, step: POSITION_BYTES }],
        () => {
          const d = range(n).map((i) => v.load(from, i * pitch));
          input(v, d).forEach((value, i) => v.store(to, value, i * stagePitch));
        },
      ),
      set(from, get(stage)),
      set(to, get(transformed)),
      repeat(
        f.local(I32),
        n,
        along(f, v, tileColumns, [
          { local: from, step: m * POSITION_BYTES },
          { local: to, step: C * POSITION_BYTES },
        ], () => {
          const d = range(n).map((j) => v.load(from, j * POSITION_BYTES));
          input(v, d).forEach((value, j) => v.store(to, value, j * plan.vBytes));
        }),
        advance(from, stagePitch - tileColumns * m * POSITION_BYTES),
        advance(to, n * plan.vBytes - tileColumns * C * POSITION_BYTES),
      ),
    ],
  );
  return [...v.constants(places.scratch), ...loops];
}

/** y = Aᵀ M A (+ bias). */
export function transformOutput(
  f: FunctionBuilder,
  plan: WinogradPlan,
  tileRows: number,
  places: Places,
): Stmt {
  const { tile: { outputs: m, points: n, output }, tileColumns } = plan, K = plan.shape.outputs;
  const pitch = rowBytes(plan.output), stagePitch = n * tileColumns * POSITION_BYTES;
  const v = new PositionAlgebra(f), from = f.local(I32), to = f.local(I32);
  const hasBias = places.bias !== undefined, biasValue = f.local(V128), shift: Pair = [biasValue, biasValue];
  const loops = forEachRowOfTiles(
    f,
    plan,
    {
      tileRows,
      channels: K,
      imageStep: channelBytes(plan.output),
      imageRow: pitch,
      transformedOffset: plan.mOffset,
    },
    places,
    ({ image, transformed, stage, bias }) => [
      hasBias ? set(biasValue, v128.load32Splat(get(bias))) : [],
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
          output(v, values).forEach((value, i) => v.store(to, value, i * stagePitch));
        }),
        advance(from, plan.mBytes - tileColumns * K * POSITION_BYTES),
        advance(to, POSITION_BYTES - tileColumns * n * POSITION_BYTES),
      ),
      set(from, get(stage)),
      set(to, get(image)),
      repeat(
        f.local(I32),
        m,
        along(f, v, tileColumns, [
          { local: from, step: n * POSITION_BYTES },
          { local: to, step: m * POSITION_BYTES },
        ], () => {
          const values = range(n).map((j) => v.load(from, j * POSITION_BYTES));
          output(v, values).forEach((value, j) =>
            v.store(to, hasBias ? v.add(value, shift) : value, j * POSITION_BYTES)
          );
        }),
        advance(to, pitch - tileColumns * m * POSITION_BYTES),
      ),
    ],
  );
  return [...v.constants(places.scratch), ...loops];
}

/** dM = A dy Aᵀ. */
export function transformOutputGradient(
  f: FunctionBuilder,
  plan: WinogradPlan,
  tileRows: number,
  places: Places,
): Stmt {
  const { tile: { outputs: m, points: n, outputGradient }, tileColumns } = plan, K = plan.shape.outputs;
  const pitch = rowBytes(plan.outputGradient), stagePitch = m * tileColumns * POSITION_BYTES;
  const v = new PositionAlgebra(f), from = f.local(I32), to = f.local(I32);
  const loops = forEachRowOfTiles(
    f,
    plan,
    {
      tileRows,
      channels: K,
      imageStep: channelBytes(plan.outputGradient),
      imageRow: pitch,
      transformedOffset: plan.mOffset,
    },
    places,
    ({ image, transformed, stage }) => [
      set(from, get(image)),
      set(to, get(stage)),
      along(f, v, m * tileColumns, [
        { local: from, step: POSITION_BYTES },
        { local: to, step: POSITION_BYTES },
      ], () => {
        const y = range(m).map((i) => v.load(from, i * pitch));
        outputGradient(v, y).forEach((value, i) => v.store(to, value, i * stagePitch));
      }),
      set(from, get(stage)),
      set(to, get(transformed)),
      repeat(
        f.local(I32),
        n,
        along(f, v, tileColumns, [
          { local: from, step: m * POSITION_BYTES },
          { local: to, step: K * POSITION_BYTES },
        ], () => {
          const y = range(m).map((j) => v.load(from, j * POSITION_BYTES));
          outputGradient(v, y).forEach((value, j) => v.store(to, value, j * plan.mBytes));
        }),
        advance(to, n * plan.mBytes - tileColumns * K * POSITION_BYTES),
      ),
    ],
  );
  return [...v.constants(places.scratch), ...loops];
}

/**
 * dd = B dV Bᵀ, added to the input gradient. Neighbouring tiles share two columns and two rows: they add up in
 * registers along a row, in memory from row to row (the first strip's first two rows are zeroed by the caller).
 */
export function transformInputGradient(
  f: FunctionBuilder,
  plan: WinogradPlan,
  tileRows: number,
  places: Places,
): Stmt {
  const { tile: { outputs: m, points: n, inputGradient }, tileColumns } = plan, C = plan.shape.inputs;
  const pitch = rowBytes(plan.input), columns = m * tileColumns + 2, stagePitch = columns * POSITION_BYTES;
  const v = new PositionAlgebra(f), from = f.local(I32), to = f.local(I32);
  /** What the tile to the left leaves to this tile's first two columns. */
  const carry = f.pairs(2);
  const loops = forEachRowOfTiles(
    f,
    plan,
    {
      tileRows,
      channels: C,
      imageStep: channelBytes(plan.input),
      imageRow: pitch,
      transformedOffset: plan.vOffset,
    },
    places,
    ({ image, transformed, stage }) => [
      set(from, get(transformed)),
      set(to, get(stage)),
      repeat(
        f.local(I32),
        n,
        ...carry.map((pair) => setPair(pair, () => v128.zero)),
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
        columns,
        [{ local: from, step: POSITION_BYTES }, { local: to, step: POSITION_BYTES }],
        () => {
          const values = range(n).map((i) => v.load(from, i * stagePitch));
          inputGradient(v, values).forEach((value, i) =>
            v.store(to, i < 2 ? v.add(value, v.load(to, i * pitch)) : value, i * pitch)
          );
        },
      ),
    ],
  );
  return [...v.constants(places.scratch), ...loops];
}

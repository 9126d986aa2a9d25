/**
 * Images on their way into a network: uint8 `[28,28]` in a buffer of `IMAGE_BYTES`, one float32 lane of a slice in the end.
 *
 * @module
 */
import {
  advance,
  countDown,
  type Expr,
  f32,
  f32x4,
  get,
  i16x8,
  I32,
  i32,
  i32x4,
  i8x16,
  type Local,
  type ModuleBuilder,
  repeat,
  set,
  V128,
  v128,
} from "./assembler.ts";
import { PIXELS, SIDE } from "../augmentations/mod.ts";
import { RESIZE_BITS, RESIZE_HALF, resizeWeights } from "../augmentations/resize.ts";
import { type Plane, POSITION_BYTES, rowBytes } from "./layout.ts";

/** Of an image and one byte more, which stands for all pixels outside it. */
export const IMAGE_BYTES = PIXELS + 1;

/**
 * How pixels in a row or column become 28, as `image.resize` reads it: for each of the 28 where it begins and three
 * weights, int32.
 */
export const RESIZE_RECORD = { first: 0, weights: 4, taps: 3, bytes: 16 } as const;

/** The records for a part of `size` pixels. */
export function resizeRecords(size: number): Int32Array {
  const { taps, first, weights } = resizeWeights(size), values = RESIZE_RECORD.bytes / 4;
  const records = new Int32Array(values * SIDE);
  for (let x = 0; x < SIDE; x++) {
    records[values * x] = first[x];
    records.set(weights.subarray(taps * x, taps * (x + 1)), values * x + 1);
  }
  return records;
}

/** Pixels in a vector. */
const VECTOR_BYTES = 16;

/** Pixels whose places are computed at once. */
const TOGETHER_BITS = 2, TOGETHER = 1 << TOGETHER_BITS;

/**
 * Adds to a module:
 *
 * - `image.map(from, a, b, c, d, e, f, fill, to)`: pixel (x, y) of the result is the one that lies at
 *   (a·x + b·y + c, d·x + e·y + f) in 1/65536, `fill` outside, as `augmentations/sampling.ts` has it for nearest pixels;
 *   all places must be 32-bit numbers
 * - `image.write(from, table, to)`: the float32 that `table` `[256]` has for each pixel to one lane of a plane; `to` is
 *   that lane of the image's first position
 */
export function imageKernels(module: ModuleBuilder, plane: Plane): void {
  module.function("image.map", ["from", "a", "b", "c", "d", "e", "f", "fill", "to"], (f) => {
    const [from, a, b, c, d, e, last, fill, to] = f.parameters.map((p) => f.parameter(p));
    const [x, y, rowX, rowY, alongX, alongY, downX, downY, side, outside, column, row, index] = f.locals(
      13,
      V128,
    );
    const counter = f.local(I32);
    const splat = (value: Local) => i32x4.splat(get(value));
    const step = (value: Local) => i32x4.mul(splat(value), i32x4.const([0, 1, 2, 3]));
    f.emit(
      i32.store8(get(from), get(fill), PIXELS),
      set(side, i32x4.splat(i32.const(SIDE))),
      set(outside, i32x4.splat(i32.const(PIXELS))),
      set(rowX, i32x4.add(splat(c), step(a))),
      set(rowY, i32x4.add(splat(last), step(d))),
      set(alongX, i32x4.shl(splat(a), TOGETHER_BITS)),
      set(alongY, i32x4.shl(splat(d), TOGETHER_BITS)),
      set(downX, splat(b)),
      set(downY, splat(e)),
      repeat(
        counter,
        SIDE,
        set(x, get(rowX)),
        set(y, get(rowY)),
        ...Array.from({ length: SIDE / TOGETHER }, (_, group) => [
          ...set(column, i32x4.shrS(get(x), 16)),
          ...set(row, i32x4.shrS(get(y), 16)),
          ...set(
            index,
            v128.bitSelect(
              i32x4.add(i32x4.mul(get(row), get(side)), get(column)),
              get(outside),
              // a negative place is a large unsigned one
              v128.and(i32x4.ltU(get(column), get(side)), i32x4.ltU(get(row), get(side))),
            ),
          ),
          ...Array.from({ length: TOGETHER }, (_, lane) =>
            i32.store8(
              get(to),
              i32.load8U(i32.add(get(from), i32x4.extractLane(get(index), lane))),
              group * TOGETHER + lane,
            )).flat(),
          ...set(x, i32x4.add(get(x), get(alongX))),
          ...set(y, i32x4.add(get(y), get(alongY))),
        ]),
        set(rowX, i32x4.add(get(rowX), get(downX))),
        set(rowY, i32x4.add(get(rowY), get(downY))),
        advance(to, SIDE),
      ),
    );
  });
  module.function("image.write", ["from", "table", "to"], (f) => {
    const [from, table, to] = f.parameters.map((p) => f.parameter(p)), counter = f.local(I32);
    const value = (column: number) =>
      f32.load(i32.add(get(table), i32.shl(i32.load8U(get(from), column), 2)));
    f.emit(repeat(
      counter,
      SIDE,
      ...Array.from(
        { length: SIDE },
        (_, column) => f32.store(get(to), value(column), column * POSITION_BYTES),
      ),
      advance(from, SIDE),
      advance(to, rowBytes(plane)),
    ));
  });
}

/**
 * Adds `image.resize(from, height, across, down, rows, to)` to a module: the part of an image that begins at `from`, as
 * `augmentations/resize.ts` resizes it. `across` and `down` are `resizeRecords` of its width and height; `rows` has room
 * for an image, and both it and the part may be read two rows further, by weights of 0.
 */
export function resizeKernel(module: ModuleBuilder): void {
  module.function("image.resize", ["from", "height", "across", "down", "rows", "to"], (f) => {
    const [from, height, across, down, rows, to] = f.parameters.map((p) => f.parameter(p));
    const taps = Array.from({ length: RESIZE_RECORD.taps }, (_, tap) => tap);
    const [counter, record, out, at] = f.locals(4, I32), held = f.locals(taps.length, I32);
    const weight = (records: Local, tap: number) => i32.load(get(records), RESIZE_RECORD.weights + 4 * tap);
    const rounded = (products: readonly Expr[]) =>
      i32.shrU(products.reduce((sum, product) => i32.add(sum, product), i32.const(RESIZE_HALF)), RESIZE_BITS);
    f.emit(
      set(out, get(rows)),
      countDown(
        height,
        set(record, get(across)),
        repeat(
          counter,
          SIDE,
          set(at, i32.add(get(from), i32.load(get(record)))),
          i32.store8(
            get(out),
            rounded(taps.map((tap) => i32.mul(i32.load8U(get(at), tap), weight(record, tap)))),
          ),
          advance(record, RESIZE_RECORD.bytes),
          advance(out, 1),
        ),
        advance(from, SIDE),
      ),
      repeat(
        counter,
        SIDE,
        set(at, i32.add(get(rows), i32.mul(i32.load(get(down)), i32.const(SIDE)))),
        ...held.map((local, tap) => set(local, weight(down, tap))),
        ...Array.from({ length: SIDE }, (_, x) =>
          i32.store8(
            get(to),
            rounded(taps.map((tap) => i32.mul(i32.load8U(get(at), tap * SIDE + x), get(held[tap])))),
            x,
          )),
        advance(down, RESIZE_RECORD.bytes),
        advance(to, SIDE),
      ),
    );
  });
}

/** What `image.blend` is told, float32 by byte offset. */
export const BLEND_RECORD = { base: 0, factor: 4 } as const;

/**
 * Adds `image.blend(from, record, to)` to a module: pixel ← base + factor · (pixel − base) in float32, cut off to a whole
 * number and to 0 … 255; `to` may be `from`.
 */
export function blendKernel(module: ModuleBuilder): void {
  module.function("image.blend", ["from", "record", "to"], (f) => {
    const [from, record, to] = f.parameters.map((p) => f.parameter(p)), counter = f.local(I32);
    const base = f.local(V128), factor = f.local(V128), pixels = f.local(V128), changed = f.locals(4, V128);
    const halves = [i16x8.extendLowI8x16U, i16x8.extendHighI8x16U];
    const quarters = [i32x4.extendLowI16x8U, i32x4.extendHighI16x8U];
    const change = (pixel: Expr): Expr =>
      i32x4.truncSatF32x4S(
        f32x4.add(get(base), f32x4.mul(get(factor), f32x4.sub(f32x4.convertI32x4S(pixel), get(base)))),
      );
    f.emit(
      set(base, v128.load32Splat(get(record), BLEND_RECORD.base)),
      set(factor, v128.load32Splat(get(record), BLEND_RECORD.factor)),
      repeat(
        counter,
        PIXELS / VECTOR_BYTES,
        set(pixels, v128.load(get(from))),
        ...changed.map((local, i) => set(local, change(quarters[i & 1](halves[i >> 1](get(pixels)))))),
        v128.store(
          get(to),
          i8x16.narrowI16x8U(
            i16x8.narrowI32x4S(get(changed[0]), get(changed[1])),
            i16x8.narrowI32x4S(get(changed[2]), get(changed[3])),
          ),
        ),
        advance(from, VECTOR_BYTES),
        advance(to, VECTOR_BYTES),
      ),
    );
  });
}

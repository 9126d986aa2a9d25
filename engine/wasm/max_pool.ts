/**
 * Max-pool with any window size, stride equal to it, for one group of eight examples: for what does not stand
 * right behind a batch norm, which has its own 2×2 pool.
 *
 * Rows and columns that fill no window are left out. A tie's gradient goes to the first maximum in scan order.
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
  type Local,
  type ModuleBuilder,
  repeat,
  set,
  type Stmt,
  V128,
  v128,
} from "./assembler.ts";
import { channelBytes, HALVES, imageOffset, type Plane, POSITION_BYTES, rowBytes } from "./layout.ts";

/** What a max-pool works on. */
export interface MaxPoolPlan {
  readonly input: Plane;
  readonly output: Plane;
  readonly size: number;
}

function forEachWindow(
  f: FunctionBuilder,
  { input, output, size }: MaxPoolPlan,
  wide: Local[],
  pooled: Local[],
  body: Stmt[],
): Stmt[] {
  const channel = f.local(I32), row = f.local(I32), column = f.local(I32);
  const { height, width } = output;
  const step = (ofInput: number, ofOutput: number) => [
    ...wide.map((p) => advance(p, ofInput)),
    ...pooled.map((p) => advance(p, ofOutput)),
  ];
  return [
    ...wide.map((p) => set(p, i32.add(get(p), i32.const(imageOffset(input))))),
    ...pooled.map((p) => set(p, i32.add(get(p), i32.const(imageOffset(output))))),
    repeat(
      channel,
      input.channels,
      repeat(
        row,
        height,
        repeat(column, width, ...body, ...step(size * POSITION_BYTES, POSITION_BYTES)),
        ...step(
          size * rowBytes(input) - width * size * POSITION_BYTES,
          rowBytes(output) - width * POSITION_BYTES,
        ),
      ),
      ...step(
        channelBytes(input) - height * size * rowBytes(input),
        channelBytes(output) - height * rowBytes(output),
      ),
    ),
  ];
}

/** Adds `name.forward(input, output)` and `name.backward(input, dOutput, dInput)` to a module. */
export function maxPoolKernels(module: ModuleBuilder, name: string, plan: MaxPoolPlan): void {
  const { input, size } = plan;
  const offsets = Array.from(
    { length: size * size },
    (_, i) => Math.floor(i / size) * rowBytes(input) + (i % size) * POSITION_BYTES,
  );
  const largest = (from: Local, half: number): Expr =>
    offsets.map((offset) => v128.load(get(from), offset + half)).reduce((a, b) => f32x4.pmax(a, b));

  module.function(`${name}.forward`, ["input", "output"], (f) => {
    const [from, to] = f.parameters.map((p) => f.parameter(p));
    f.emit(
      ...forEachWindow(
        f,
        plan,
        [from],
        [to],
        HALVES.map((half) => v128.store(get(to), largest(from, half), half)),
      ),
    );
  });

  module.function(`${name}.backward`, ["input", "dOutput", "dInput"], (f) => {
    const [from, gradient, to] = f.parameters.map((p) => f.parameter(p));
    const maximum = f.local(V128), rest = f.local(V128), here = f.local(V128);
    f.emit(...forEachWindow(
      f,
      plan,
      [from, to],
      [gradient],
      HALVES.flatMap((half) => [
        set(maximum, largest(from, half)),
        set(rest, v128.load(get(gradient), half)),
        ...offsets.flatMap((offset) => [
          set(here, f32x4.eq(v128.load(get(from), offset + half), get(maximum))),
          v128.store(get(to), v128.and(get(rest), get(here)), offset + half),
          set(rest, v128.andNot(get(rest), get(here))),
        ]),
      ]),
    ));
  });
}

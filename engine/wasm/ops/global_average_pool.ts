/**
 * Global average pool for one slice of eight examples: `[C,H,W,8]` → `[C,8]`, forward and backward.
 *
 *   out[c] = Σ(h,w) input[c,h,w] / (H·W)     dInput[c,h,w] = dOut[c] / (H·W)
 *
 * Order of sums: row by row.
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
} from "../assembler.ts";
import { channelBytes, HALVES, imageOffset, type Plane, POSITION_BYTES, rowBytes } from "../layout.ts";
import { KernelOperation } from "../kernel_operation.ts";
import type { Room } from "../operation.ts";

function forEachChannel(
  f: FunctionBuilder,
  plane: Plane,
  map: Local,
  flat: Local,
  body: { before: Stmt[]; position: Stmt[]; after: Stmt[] },
): Stmt[] {
  const channel = f.local(I32), row = f.local(I32), column = f.local(I32);
  return [
    set(map, i32.add(get(map), i32.const(imageOffset(plane)))),
    repeat(
      channel,
      plane.channels,
      ...body.before,
      repeat(
        row,
        plane.height,
        repeat(column, plane.width, ...body.position, advance(map, POSITION_BYTES)),
        advance(map, rowBytes(plane) - plane.width * POSITION_BYTES),
      ),
      ...body.after,
      advance(map, channelBytes(plane) - plane.height * rowBytes(plane)),
      advance(flat, POSITION_BYTES),
    ),
  ];
}

/** Adds `name.forward(input, output)` and `name.backward(dOutput, dInput)` to a module. */
function globalAveragePoolKernels(module: ModuleBuilder, name: string, plane: Plane): void {
  const share: Expr = f32x4.const(1 / (plane.height * plane.width));
  module.function(`${name}.forward`, ["input", "output"], (f) => {
    const [from, to] = f.parameters.map((p) => f.parameter(p));
    const sums = f.locals(2, V128);
    f.emit(...forEachChannel(f, plane, from, to, {
      before: sums.map((sum) => set(sum, v128.zero)),
      position: sums.map((sum, h) => set(sum, f32x4.add(get(sum), v128.load(get(from), HALVES[h])))),
      after: sums.map((sum, h) => v128.store(get(to), f32x4.mul(get(sum), share), HALVES[h])),
    }));
  });
  module.function(`${name}.backward`, ["dOutput", "dInput"], (f) => {
    const [from, to] = f.parameters.map((p) => f.parameter(p));
    const values = f.locals(2, V128);
    f.emit(...forEachChannel(f, plane, to, from, {
      before: values.map((value, h) => set(value, f32x4.mul(v128.load(get(from), HALVES[h]), share))),
      position: values.map((value, h) => v128.store(get(to), get(value), HALVES[h])),
      after: [],
    }));
  });
}

export const globalAveragePool: Room<"globalAveragePool"> = {
  plan(context) {
    const { planner, name, inputs } = context;
    globalAveragePoolKernels(planner.module, name, inputs[0].plane);
    return new KernelOperation(context, { backwardReads: "nothing" });
  },
};

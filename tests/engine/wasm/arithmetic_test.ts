import { deepEqual, equal, ok } from "node:assert/strict";
import { VectorArithmetic } from "../../../engine/wasm/arithmetic.ts";
import { type Expr, get, ModuleBuilder, v128 } from "../../../engine/wasm/assembler.ts";

/**
 * Units in the last place. The polynomial is good for one, its sum with 1 and the argument's rest for one more.
 */
const EXPONENTIAL_ULPS = 2;

const f32 = new Float32Array(new SharedArrayBuffer(4)), bits = new Int32Array(f32.buffer);
/** Distance of two float32 of the same sign, in representable numbers. */
function ulps(a: number, b: number): number {
  f32[0] = a;
  const first = bits[0];
  f32[0] = b;
  return Math.abs(first - bits[0]);
}

/** Runs a formula of up to three arguments; each vector holds one lane four times. */
function compile(
  formula: (a: VectorArithmetic, x: Expr, y: Expr, z: Expr) => Expr,
): (x: number, y?: number, z?: number) => number {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const module = new ModuleBuilder();
  module.function("run", ["at"], (f) => {
    const a = new VectorArithmetic(f), at = get(f.parameter("at"));
    const body = a.body(() =>
      v128.store(at, formula(a, v128.load(at), v128.load(at, 16), v128.load(at, 32)), 48)
    );
    f.emit(a.constants, body);
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes(1)), { env: { memory } });
  const run = instance.exports.run as (at: number) => void;
  const floats = new Float32Array(memory.buffer);
  return (...arguments_) => {
    arguments_.forEach((value, i) => floats.fill(value ?? 0, 4 * i, 4 * i + 4));
    run(0);
    deepEqual([...floats.subarray(13, 16)], Array(3).fill(floats[12]));
    return floats[12];
  };
}

Deno.test("exponential() is within two units in the last place over float32, zero and infinity beyond", () => {
  const exponential = compile((a, x) => a.exponential(x));
  let worst = 0;
  for (let i = -104_000; i <= 89_000; i++) {
    const x = Math.fround(i / 1000);
    // rounded to float32 as the kernel must: denormals too
    worst = Math.max(worst, ulps(exponential(x), Math.fround(Math.exp(x))));
  }
  ok(worst <= EXPONENTIAL_ULPS, `${worst} units in the last place`);
  equal(exponential(0), 1);
  equal(exponential(-0), 1);
  for (const x of [-104, -1000, -3e38, -Infinity]) equal(exponential(x), 0);
  for (const x of [88.8, 89, 1000, 3e38, Infinity]) equal(exponential(x), Infinity);
  ok(Number.isNaN(exponential(NaN)));
});

Deno.test("multiplyAdd() and multiplySubtract() are a·b + c and c − a·b", () => {
  equal(compile((a, x, y, z) => a.multiplyAdd(x, y, z))(3, 5, 7), 22);
  equal(compile((a, x, y, z) => a.multiplySubtract(x, y, z))(3, 5, 7), -8);
});

Deno.test("minimum(), maximum() and whereGreater() choose", () => {
  equal(compile((a, x, y) => a.minimum(x, y))(2, -3), -3);
  equal(compile((a, x, y) => a.maximum(x, y))(2, -3), 2);
  equal(compile((a, x, y) => a.absolute(a.subtract(x, y)))(2, 5), 3);
  const choice = compile((a, x, y, z) => a.whereGreater(x, y, z, a.constant(4)));
  deepEqual([choice(1, 0, 9), choice(0, 0, 9), choice(-1, 0, 9)], [9, 4, 4]);
  const orZero = compile((a, x, y, z) => a.whereGreater(x, y, z, a.constant(0)));
  deepEqual([orZero(1, 0, 9), orZero(0, 0, 9), orZero(-1, 0, 9)], [9, 0, 0]);
  ok(Number.isNaN(compile((a, x) => a.maximum(x, a.constant(0)))(NaN)), "a NaN is not hidden");
});

Deno.test("keep() computes a value once, and every body starts anew", () => {
  const twice = compile((a, x) => {
    const square = a.keep(a.multiply(x, x));
    return a.squareRoot(a.divide(a.add(square, square), a.constant(2)));
  });
  equal(twice(3), 3);
  const module = new ModuleBuilder();
  module.function("run", ["at"], (f) => {
    const a = new VectorArithmetic(f), at = get(f.parameter("at"));
    const square = (from: number, to: number) =>
      a.body(() => {
        const x = a.keep(v128.load(at, from));
        return v128.store(at, a.multiply(x, x), to);
      });
    const bodies = [square(0, 16), square(16, 32)];
    f.emit(a.constants, ...bodies);
  });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes(1)), { env: { memory } });
  const floats = new Float32Array(memory.buffer);
  floats.fill(3, 0, 4);
  (instance.exports.run as (at: number) => void)(0);
  deepEqual([floats[4], floats[8]], [9, 81]);
});

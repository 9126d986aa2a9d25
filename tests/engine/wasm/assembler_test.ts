import { deepEqual, equal, throws } from "node:assert/strict";
import {
  advance,
  call,
  countDown,
  type Expr,
  f32,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  i32,
  i32x4,
  i64x2,
  loadPair,
  ModuleBuilder,
  repeat,
  set,
  setPair,
  signed,
  type Stmt,
  storePair,
  tee,
  unsigned,
  V128,
  v128,
} from "../../../engine/wasm/assembler.ts";
import { foldLanes, reductionKernels, sumLanes } from "../../../engine/wasm/reduction.ts";

/** Where test functions find their operands and leave results, in bytes. */
const IN = 0, OUT = 256;

/** A memory of one page with a module's functions on it. */
function instantiate(build: (module: ModuleBuilder) => void) {
  const module = new ModuleBuilder();
  build(module);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes(1)), { env: { memory } });
  return {
    functions: exports as Record<string, (...args: number[]) => void>,
    f32: new Float32Array(memory.buffer),
    i32: new Int32Array(memory.buffer),
    u32: new Uint32Array(memory.buffer),
  };
}

type Instance = ReturnType<typeof instantiate>;

/** Runs one function without parameters on a memory that `prepare` has filled. */
function run(build: (f: FunctionBuilder) => void, prepare: (memory: Instance) => void = () => {}): Instance {
  const instance = instantiate((module) => module.function("run", [], build));
  prepare(instance);
  instance.functions.run();
  return instance;
}

const A = v128.load(i32.const(IN)), B = v128.load(i32.const(IN), 16), C = v128.load(i32.const(IN), 32);

/** The four float32 that `value` is, for the vectors A, B and C. */
function floats(value: Expr, a: number[], b: number[] = [0, 0, 0, 0], c: number[] = [0, 0, 0, 0]): number[] {
  const store = (f: FunctionBuilder) => f.emit(v128.store(i32.const(OUT), value));
  return [...run(store, (m) => m.f32.set([...a, ...b, ...c], IN / 4)).f32.subarray(OUT / 4, OUT / 4 + 4)];
}

/** The same for uint32. */
function integers(
  value: Expr,
  a: number[] = [0, 0, 0, 0],
  b: number[] = [0, 0, 0, 0],
  c: number[] = [],
): number[] {
  const store = (f: FunctionBuilder) => f.emit(v128.store(i32.const(OUT), value));
  return [...run(store, (m) => m.u32.set([...a, ...b, ...c], IN / 4)).u32.subarray(OUT / 4, OUT / 4 + 4)];
}

Deno.test("unsigned() encodes LEB128", () => {
  // 624485 is DWARF's and the WebAssembly specification's example
  deepEqual(unsigned(0), [0x00]);
  deepEqual(unsigned(127), [0x7f]);
  deepEqual(unsigned(128), [0x80, 0x01]);
  deepEqual(unsigned(624485), [0xe5, 0x8e, 0x26]);
  deepEqual(unsigned(0xffffffff), [0xff, 0xff, 0xff, 0xff, 0x0f]);
});

Deno.test("signed() encodes LEB128", () => {
  deepEqual(signed(0), [0x00]);
  deepEqual(signed(63), [0x3f]);
  deepEqual(signed(64), [0xc0, 0x00]);
  deepEqual(signed(127), [0xff, 0x00]);
  deepEqual(signed(-1), [0x7f]);
  deepEqual(signed(-64), [0x40]);
  deepEqual(signed(-65), [0xbf, 0x7f]);
  deepEqual(signed(-128), [0x80, 0x7f]);
  deepEqual(signed(-123456), [0xc0, 0xbb, 0x78]);
  deepEqual(signed(2147483647), [0xff, 0xff, 0xff, 0xff, 0x07]);
  deepEqual(signed(-2147483648), [0x80, 0x80, 0x80, 0x80, 0x78]);
});

Deno.test("const instructions encode their values", () => {
  deepEqual(i32.const(-1), [0x41, 0x7f]);
  deepEqual(i32.const(0xffffffff), [0x41, 0x7f]);
  deepEqual(f32.const(1), [0x43, 0x00, 0x00, 0x80, 0x3f]);
  deepEqual(f32.const(0.1), [0x43, 0xcd, 0xcc, 0xcc, 0x3d]);
  deepEqual(f32.const(-0), [0x43, 0x00, 0x00, 0x00, 0x80]);
  deepEqual(integers(i32x4.const([1, -2, 0x12345678, -2147483648])), [1, 0xfffffffe, 0x12345678, 0x80000000]);
  deepEqual(floats(f32x4.const(0.1), []), Array(4).fill(Math.fround(0.1)));
  deepEqual(integers(v128.zero, []), [0, 0, 0, 0]);
});

Deno.test("i32 and f32 instructions compute what their names say", () => {
  const a = i32.load(i32.const(IN)), b = i32.load(i32.const(IN), 4);
  const ofIntegers: [Expr, number][] = [
    [i32.add(a, b), 12],
    [i32.sub(a, b), -18],
    [i32.mul(a, b), -45],
    [i32.or(a, b), -1],
    [i32.xor(a, b), -14],
    [i32.shl(b, 4), 240],
    // (2^32 − 3) · 15 = 14 · 2^32 + …
    [i32.mulHighU(a, b), 14],
    [i32.load8U(i32.const(IN)), 253],
    [i32x4.bitmask(i32x4.const([-1, 1, -2, 0])), 0b0101],
  ];
  for (const [value, expected] of ofIntegers) {
    const memory = run((f) => f.emit(i32.store(i32.const(OUT), value)), (m) => m.i32.set([-3, 15], IN / 4));
    equal(memory.i32[OUT / 4], expected);
  }
  const converted = run((f) => f.emit(f32.store(i32.const(OUT), f32.convertI32U(i32.const(-1)))));
  equal(converted.f32[OUT / 4], 4294967296);
});

Deno.test("f32x4 instructions compute what their names say", () => {
  const a = [1, -2, 9, 0.5], b = [4, -2, 0.25, 3], c = [10, 20, 30, 40];
  const lanes = (combine: (a: number, b: number, c: number) => number) =>
    a.map((x, i) => Math.fround(combine(x, b[i], c[i])));
  deepEqual(floats(f32x4.add(A, B), a, b), lanes((x, y) => x + y));
  deepEqual(floats(f32x4.sub(A, B), a, b), lanes((x, y) => x - y));
  deepEqual(floats(f32x4.mul(A, B), a, b), lanes((x, y) => x * y));
  deepEqual(floats(f32x4.div(A, B), a, b), lanes((x, y) => x / y));
  deepEqual(floats(f32x4.neg(A), a), lanes((x) => -x));
  deepEqual(floats(f32x4.sqrt(B), a, b.map(Math.abs)), b.map((y) => Math.fround(Math.sqrt(Math.abs(y)))));
  deepEqual(floats(f32x4.madd(A, B, C), a, b, c), lanes((x, y, z) => x * y + z));
  deepEqual(floats(f32x4.nmadd(A, B, C), a, b, c), lanes((x, y, z) => z - x * y));
  deepEqual(floats(f32x4.splat(f32x4.extractLane(A, 2)), a), [9, 9, 9, 9]);
  deepEqual(floats(v128.and(f32x4.eq(A, B), f32x4.const(1)), a, b), [0, 1, 0, 0]);
  deepEqual(floats(v128.and(f32x4.gt(A, B), f32x4.const(1)), a, b), [0, 0, 1, 0]);
});

Deno.test("f32x4.pmax() is a < b ? b : a", () => {
  // so NaN in a stays, NaN in b is not taken, and of two zeros a's is
  const result = floats(f32x4.pmax(A, B), [NaN, 1, -0, 2], [1, NaN, 0, 3]);
  deepEqual(result, [NaN, 1, -0, 3]);
});

Deno.test("integer and bit instructions compute what their names say", () => {
  const a = [0xf0f0f0f0, 5, 0xffffffff, 0x80000000], b = [0xff00ff00, 5, 1, 0x7fffffff];
  const lanes = (combine: (a: number, b: number) => number) => a.map((x, i) => combine(x, b[i]) >>> 0);
  deepEqual(integers(v128.and(A, B), a, b), lanes((x, y) => x & y));
  deepEqual(integers(v128.andNot(A, B), a, b), lanes((x, y) => x & ~y));
  deepEqual(integers(v128.xor(A, B), a, b), lanes((x, y) => x ^ y));
  deepEqual(
    integers(v128.bitSelect(A, B, C), a, b, [0xffff0000, 0, 0xffffffff, 0xff]),
    [0xf0f0ff00, 5, 0xffffffff, 0x7fffff00],
  );
  const mask = (test: boolean) => test ? 0xffffffff : 0;
  deepEqual(integers(i32x4.geU(A, B), a, b), lanes((x, y) => mask(x >= y)));
  deepEqual(integers(i32x4.eq(A, B), a, b), lanes((x, y) => mask(x === y)));
  deepEqual(integers(i32x4.splat(i32.const(-7))), Array(4).fill(0xfffffff9));
});

Deno.test("i64x2.extmulLowU() and extmulHighU() give whole products", () => {
  const a = [0xffffffff, 3, 0x80000000, 0xd2511f53], b = [0xffffffff, 5, 4, 0xcd9e8d57];
  const product = (i: number): number[] => {
    const value = BigInt(a[i]) * BigInt(b[i]);
    return [Number(value & 0xffffffffn), Number(value >> 32n)];
  };
  deepEqual(integers(i64x2.extmulLowU(A, B), a, b), [...product(0), ...product(1)]);
  deepEqual(integers(i64x2.extmulHighU(A, B), a, b), [...product(2), ...product(3)]);
});

Deno.test("v128 loads, stores and shuffles take the bytes that they name", () => {
  const a = [1, 2, 3, 4], b = [5, 6, 7, 8];
  deepEqual(floats(v128.load32Splat(i32.const(IN), 8), a), [3, 3, 3, 3]);
  deepEqual(floats(v128.load32Zero(i32.const(IN), 4), a), [2, 0, 0, 0]);
  deepEqual(floats(v128.shuffle32(A, B, [0, 3, 4, 7]), a, b), [1, 4, 5, 8]);
  deepEqual(floats(v128.shuffle32(A, B, [6, 2, 1, 5]), a, b), [7, 3, 2, 6]);
  const far = run(
    // an offset of more than one LEB128 byte
    (f) => f.emit(v128.store(i32.const(OUT), v128.load(i32.const(IN)), 4096)),
    (m) => m.f32.set(a, IN / 4),
  );
  deepEqual([...far.f32.subarray((OUT + 4096) / 4, (OUT + 4096) / 4 + 4)], a);
});

/** Counts up the int32 at OUT + `place`·4. */
const count = (place: number): Stmt =>
  i32.store(i32.const(OUT), i32.add(i32.load(i32.const(OUT), 4 * place), i32.const(1)), 4 * place);

Deno.test("repeat() and countDown() run their bodies as often as they say", () => {
  const times = (statement: (f: FunctionBuilder) => Stmt) => run((f) => f.emit(statement(f))).i32[OUT / 4];
  for (const n of [1, 2, 200]) equal(times((f) => repeat(f.local(I32), n, count(0))), n);
  for (const n of [0, 1, 200]) {
    const counted = times((f) => {
      const counter = f.local(I32);
      return [...set(counter, i32.const(n)), ...countDown(counter, count(0))];
    });
    equal(counted, n);
  }
  const nested = run((f) => {
    const [outer, inner, rest] = f.locals(3, I32);
    f.emit(repeat(
      outer,
      3,
      count(0),
      repeat(inner, 5, count(1)),
      set(rest, i32.const(4)),
      countDown(rest, count(2)),
    ));
  });
  deepEqual([...nested.i32.subarray(OUT / 4, OUT / 4 + 3)], [3, 15, 12]);
});

Deno.test("functions have parameters, locals of several types, and call one another", () => {
  const { functions, f32: values } = instantiate((module) => {
    const scale = module.function("scale", ["at", "by"], (f) => {
      const at = f.parameter("at"), by = f.parameter("by");
      const vector = f.local(V128), factor = f.local(V128), copy = f.local(I32);
      f.emit(
        set(factor, f32x4.splat(f32.convertI32U(tee(copy, get(by))))),
        set(vector, f32x4.mul(v128.load(get(at)), get(factor))),
        v128.store(get(at), get(vector)),
        advance(at, 16),
        advance(at, 0),
        f32.store(get(at), f32.convertI32U(get(copy))),
      );
    });
    module.function("twice", ["at"], (f) => {
      const at = get(f.parameter("at"));
      f.emit(call(scale, at, i32.const(3)), call(scale, at, i32.const(5)));
    });
  });
  values.set([1, 2, 3, 4], OUT / 4);
  functions.twice(OUT);
  deepEqual([...values.subarray(OUT / 4, OUT / 4 + 5)], [15, 30, 45, 60, 5]);
});

Deno.test("a module may have hundreds of functions, locals and bytes of code", () => {
  const COUNT = 300;
  const { functions, i32: words } = instantiate((module) => {
    for (let n = 0; n < COUNT; n++) {
      module.function(`store${n}`, ["at"], (f) => {
        const locals = f.locals(COUNT, I32);
        f.emit(
          ...locals.map((local, i) => set(local, i32.const(i))),
          i32.store(get(f.parameter("at")), i32.add(get(locals[COUNT - 1]), i32.const(1000 * n))),
        );
      });
    }
  });
  equal(Object.keys(functions).length, COUNT);
  functions.store217(OUT);
  equal(words[OUT / 4], 217_299);
});

Deno.test("setPair(), loadPair() and storePair() handle both halves of a position", () => {
  const memory = run((f) => {
    const from = f.pair(), to = f.pair();
    f.emit(
      loadPair(from, i32.const(IN), 32),
      setPair(to, (h, half) => f32x4.add(get(from[h]), f32x4.const(half))),
      storePair(i32.const(OUT), to, 64),
    );
  }, (m) => m.f32.set([1, 2, 3, 4, 5, 6, 7, 8], IN / 4 + 8));
  deepEqual([...memory.f32.subarray(OUT / 4 + 16, OUT / 4 + 24)], [1, 2, 3, 4, 21, 22, 23, 24]);
});

Deno.test("FunctionBuilder.parameter() names the parameters that there are", () => {
  throws(() => new ModuleBuilder().function("kernel", ["from", "to"], (f) => f.parameter("form")), {
    name: "RangeError",
    message: 'Cannot find parameter "form" of "kernel": expected one of from, to',
  });
});

// At 1e8 neighbouring float32 are 8 apart, so a 1 that meets it is lost: the sum tells the order.
const LARGE = 1e8;

Deno.test("foldLanes() and sumLanes() add lanes as (0 + 2) + (1 + 3)", () => {
  const sum = f32x4.splat(sumLanes(A));
  equal(floats(sum, [LARGE, 1, -LARGE, 1])[0], 2);
  equal(floats(sum, [1, LARGE, 1, -LARGE])[0], 2);
  equal(floats(sum, [LARGE, -LARGE, 1, 1])[0], 0);
  equal(floats(sum, [LARGE, 1, 1, -LARGE])[0], 0);
  const folded = foldLanes(A, B, C, f32x4.neg(B));
  deepEqual(floats(folded, [LARGE, 1, -LARGE, 1], [1, 20, 300, 4000], [LARGE, -LARGE, 1, 1]), [
    2,
    4321,
    0,
    -4321,
  ]);
});

Deno.test("sumSlices() adds slices in order", () => {
  const { functions, f32: values } = instantiate(reductionKernels);
  const STRIDE = 64, slices = [[LARGE, 1, 1], [1, LARGE, 2], [-LARGE, -LARGE, 3], [1, 1, 4]];
  slices.forEach((slice, s) => {
    slice.forEach((value, v) =>
      values.fill(value, (STRIDE * s + 16 * v) / 4, (STRIDE * s + 16 * v + 16) / 4)
    );
  });
  values.fill(7, OUT / 4 + 4 * 3, OUT / 4 + 4 * 4);
  functions.sumSlices(0, STRIDE, 4, OUT, 3);
  // ((LARGE + 1) − LARGE) + 1 and ((1 + LARGE) − LARGE) + 1 lose a 1 each
  deepEqual(
    [...values.subarray(OUT / 4, OUT / 4 + 16)],
    [1, 1, 10, 7].flatMap((value) => Array(4).fill(value)),
  );
});

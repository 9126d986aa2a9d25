/**
 * A small WebAssembly assembler: expressions are byte sequences that leave one value on the stack, statements
 * leave none, and names are those of the specification.
 *
 * Only what the kernels and their tests use is here. A module is one imported memory and exported functions; parameters and
 * locals are named, so that a kernel reads like the loop it is.
 *
 * Source: WebAssembly Core 3.0, sections 5.2 to 5.5 (binary format), relaxed SIMD included.
 *
 * @module
 */

/** Value types by their binary codes. */
export const I32 = 0x7f, V128 = 0x7b;
export type ValueType = typeof I32 | typeof V128;

/** Instructions that leave one value on the stack (`Expr`) or none (`Stmt`). */
export type Expr = readonly number[];
export type Stmt = readonly number[];

/** A parameter or local of the function under construction. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value = Math.floor(value / 128);
    bytes.push(value > 0 ? low | 0x80 : low);
  } while (value > 0);
  return bytes;
}

/** Signed LEB128 of an int32. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    if ((value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 0x80);
  }
}

function floatBytes(value: number, size: 4 | 8): number[] {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  if (size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return [...bytes];
}

const nullary = (...op: number[]): Expr => op;
const unary = (...op: number[]) => (a: Expr): Expr => [...a, ...op];
const binary = (...op: number[]) => (a: Expr, b: Expr): Expr => [...a, ...b, ...op];
const simd = (op: number): number[] => [0xfd, ...unsigned(op)];

/** A memory operand: alignment hint 0 (hints do not change meaning), then the byte offset. */
const at = (offset: number): number[] => [0, ...unsigned(offset)];
const load = (...op: number[]) => (address: Expr, offset = 0): Expr => [...address, ...op, ...at(offset)];
const store = (...op: number[]) => (address: Expr, value: Expr, offset = 0): Stmt => [
  ...address,
  ...value,
  ...op,
  ...at(offset),
];

export const i32 = {
  const: (value: number): Expr => [0x41, ...signed(value | 0)],
  load: load(0x28),
  load8U: load(0x2d),
  store: store(0x36),
  store8: store(0x3a),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  or: binary(0x72),
  xor: binary(0x73),
  shl: (a: Expr, bits: number): Expr => [...a, ...i32.const(bits), 0x74],
  shrU: (a: Expr, bits: number): Expr => [...a, ...i32.const(bits), 0x76],
  /** Upper half of the product of two uint32. */
  mulHighU: (a: Expr, b: Expr): Expr => [
    ...a,
    0xad, // i64.extend_i32_u
    ...b,
    0xad,
    0x7e, // i64.mul
    0x42, // i64.const
    32,
    0x88, // i64.shr_u
    0xa7, // i32.wrap_i64
  ],
};

export const f32 = {
  const: (value: number): Expr => [0x43, ...floatBytes(value, 4)],
  load: load(0x2a),
  store: store(0x38),
  convertI32U: unary(0xb3),
  /** An i32: 1 where a < b. */
  lt: binary(0x5d),
};

export const v128 = {
  load: load(...simd(0x00)),
  load32Splat: load(...simd(0x09)),
  load32Zero: load(...simd(0x5c)),
  store: store(...simd(0x0b)),
  const: (bytes: readonly number[]): Expr => [...simd(0x0c), ...bytes],
  zero: nullary(...simd(0x0c), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  /** Picks 32-bit lanes: 0 to 3 of `a`, 4 to 7 of `b`. */
  shuffle32: (a: Expr, b: Expr, lanes: readonly [number, number, number, number]): Expr => [
    ...a,
    ...b,
    ...simd(0x0d),
    ...lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]),
  ],
  and: binary(...simd(0x4e)),
  andNot: binary(...simd(0x4f)),
  xor: binary(...simd(0x51)),
  /** Bits of `a` where `mask` is 1, else of `b`. */
  bitSelect: (a: Expr, b: Expr, mask: Expr): Expr => [...a, ...b, ...mask, ...simd(0x52)],
};

export const i8x16 = {
  /** Lanes of `a`, then of `b`, int16 cut off to uint8. */
  narrowI16x8U: binary(...simd(0x66)),
};

export const i16x8 = {
  extendLowI8x16U: unary(...simd(0x89)),
  extendHighI8x16U: unary(...simd(0x8a)),
  /** Lanes of `a`, then of `b`, int32 cut off to int16. */
  narrowI32x4S: binary(...simd(0x85)),
};

export const i32x4 = {
  extendLowI16x8U: unary(...simd(0xa9)),
  extendHighI16x8U: unary(...simd(0xaa)),
  /** Towards 0; what is too large becomes the largest. */
  truncSatF32x4S: unary(...simd(0xf8)),
  splat: unary(...simd(0x11)),
  const: (lanes: readonly [number, number, number, number]): Expr =>
    v128.const(lanes.flatMap((x) => [x & 255, (x >> 8) & 255, (x >> 16) & 255, (x >> 24) & 255])),
  extractLane: (a: Expr, lane: number): Expr => [...a, ...simd(0x1b), lane],
  eq: binary(...simd(0x37)),
  ltU: binary(...simd(0x3a)),
  geU: binary(...simd(0x40)),
  /** The lanes' highest bits, lane 0 lowest. */
  bitmask: unary(...simd(0xa4)),
  add: binary(...simd(0xae)),
  sub: binary(...simd(0xb1)),
  mul: binary(...simd(0xb5)),
  shl: (a: Expr, bits: number): Expr => [...a, ...i32.const(bits), ...simd(0xab)],
  shrS: (a: Expr, bits: number): Expr => [...a, ...i32.const(bits), ...simd(0xac)],
};

export const i64x2 = {
  extmulLowU: binary(...simd(0xde)),
  extmulHighU: binary(...simd(0xdf)),
};

export const f32x4 = {
  splat: unary(...simd(0x13)),
  convertI32x4S: unary(...simd(0xfa)),
  const: (value: number): Expr => [...f32.const(value), ...simd(0x13)],
  extractLane: (a: Expr, lane: number): Expr => [...a, ...simd(0x1f), lane],
  eq: binary(...simd(0x41)),
  gt: binary(...simd(0x44)),
  sqrt: unary(...simd(0xe3)),
  add: binary(...simd(0xe4)),
  sub: binary(...simd(0xe5)),
  mul: binary(...simd(0xe6)),
  div: binary(...simd(0xe7)),
  abs: unary(...simd(0xe0)),
  neg: unary(...simd(0xe1)),
  /** `b < a ? b : a`: one machine instruction, and a NaN in `a` stays. */
  pmin: binary(...simd(0xea)),
  /** `a < b ? b : a`: one machine instruction, and a NaN in `a` stays. */
  pmax: binary(...simd(0xeb)),
  /** a · b + c, in one rounding where the machine has fused multiply-add (probed in `features.ts`). */
  madd: (a: Expr, b: Expr, c: Expr): Expr => [...a, ...b, ...c, ...simd(0x105)],
  /** −a · b + c. */
  nmadd: (a: Expr, b: Expr, c: Expr): Expr => [...a, ...b, ...c, ...simd(0x106)],
};

export const get = (local: Local): Expr => [0x20, ...unsigned(local.index)];
export const set = (local: Local, value: Expr): Stmt => [...value, 0x21, ...unsigned(local.index)];
export const tee = (local: Local, value: Expr): Expr => [...value, 0x22, ...unsigned(local.index)];
/** `local += amount` for an i32 local: the pointer step of most loops. */
export const advance = (local: Local, amount: number): Stmt =>
  amount === 0 ? [] : set(local, i32.add(get(local), i32.const(amount)));

/** Runs `body` `count` times (at least once); `counter` is an i32 local of its own. */
export function repeat(counter: Local, count: number, ...body: Stmt[]): Stmt {
  if (count === 1) return body.flat();
  return [
    ...set(counter, i32.const(count)),
    0x03, // loop
    0x40, // of no value
    ...body.flat(),
    ...tee(counter, i32.sub(get(counter), i32.const(1))),
    0x0d, // br_if
    0,
    0x0b, // end
  ];
}

/** Runs `body` while the i32 `counter` counts from its present value down to 0; not at all if it is 0. */
export function countDown(counter: Local, ...body: Stmt[]): Stmt {
  return [
    0x02, // block
    0x40,
    ...get(counter),
    0x45, // i32.eqz
    0x0d, // br_if: leave
    0,
    0x03, // loop
    0x40,
    ...body.flat(),
    ...tee(counter, i32.sub(get(counter), i32.const(1))),
    0x0d,
    0,
    0x0b,
    0x0b,
  ];
}

/** Runs `yes` where the i32 `condition` is not 0, else `no`. */
export const choose = (condition: Expr, yes: Stmt, no: Stmt): Stmt => [
  ...condition,
  0x04, // if
  0x40, // of no value
  ...yes,
  0x05, // else
  ...no,
  0x0b, // end
];

/** A pair of v128 locals, one for each half of a position. */
export type Pair = readonly [Local, Local];

/** Sets both halves: `value(h, half)` for h = 0, 1 at byte offsets half = 0, 16. */
export const setPair = (pair: Pair, value: (h: 0 | 1, half: number) => Expr): Stmt => [
  ...set(pair[0], value(0, 0)),
  ...set(pair[1], value(1, 16)),
];

/** Loads both halves of the position at `address + offset`. */
export const loadPair = (pair: Pair, address: Expr, offset = 0): Stmt =>
  setPair(pair, (_, half) => v128.load(address, offset + half));

/** Stores both halves to the position at `address + offset`, one right after the other. */
export const storePair = (address: Expr, pair: Pair, offset = 0): Stmt => [
  ...v128.store(address, get(pair[0]), offset),
  ...v128.store(address, get(pair[1]), offset + 16),
];

/** Calls the function with this index; arguments first. */
export const call = (index: number, ...args: Expr[]): Stmt => [...args.flat(), 0x10, ...unsigned(index)];

/** A function: named i32 parameters, locals as they are asked for, and a body of statements. No result. */
export class FunctionBuilder {
  readonly #locals: ValueType[] = [];
  readonly #body: number[] = [];

  constructor(readonly name: string, readonly parameters: readonly string[]) {}

  /** The i32 parameter of this name. */
  parameter(name: string): Local {
    const index = this.parameters.indexOf(name);
    if (index < 0) {
      throw new RangeError(
        `Cannot find parameter "${name}" of "${this.name}": expected one of ${this.parameters.join(", ")}`,
      );
    }
    return { index, type: I32 };
  }

  local(type: ValueType): Local {
    this.#locals.push(type);
    return { index: this.parameters.length + this.#locals.length - 1, type };
  }

  locals(count: number, type: ValueType): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  pair(): Pair {
    return [this.local(V128), this.local(V128)];
  }

  pairs(count: number): Pair[] {
    return Array.from({ length: count }, () => this.pair());
  }

  emit(...statements: Stmt[]): this {
    for (const statement of statements) for (const byte of statement) this.#body.push(byte);
    return this;
  }

  /** The function's entry in the code section. */
  code(): number[] {
    const locals = this.#locals.flatMap((type) => [1, type]);
    const size = unsigned(this.#locals.length);
    const length = size.length + locals.length + this.#body.length + 1;
    return [...unsigned(length), ...size, ...locals].concat(this.#body, [0x0b]);
  }
}

/** A module: functions that work on one imported memory, `env.memory`. */
export class ModuleBuilder {
  readonly #functions: FunctionBuilder[] = [];

  /** Adds an exported function and returns it; `build` fills it in. */
  function(name: string, parameters: readonly string[], build: (f: FunctionBuilder) => void): number {
    const f = new FunctionBuilder(name, parameters);
    build(f);
    this.#functions.push(f);
    return this.#functions.length - 1;
  }

  /** The binary module; its memory import accepts a shared memory of up to `maximumPages` pages. */
  bytes(maximumPages: number): Uint8Array<ArrayBuffer> {
    const text = (value: string) => [...unsigned(value.length), ...new TextEncoder().encode(value)];
    const section = (id: number, items: number[][]): number[] => {
      const content = unsigned(items.length).concat(...items);
      return [id, ...unsigned(content.length)].concat(content);
    };
    const arities = [...new Set(this.#functions.map((f) => f.parameters.length))];
    const types = arities.map((n) => [0x60, ...unsigned(n), ...Array<number>(n).fill(I32), 0]);
    const memory = [...text("env"), ...text("memory"), 0x02, 0x03, 1, ...unsigned(maximumPages)];
    const sections = [
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, types),
      section(2, [memory]),
      section(3, this.#functions.map((f) => unsigned(arities.indexOf(f.parameters.length)))),
      section(7, this.#functions.map((f, i) => [...text(f.name), 0x00, ...unsigned(i)])),
      section(10, this.#functions.map((f) => f.code())),
    ];
    const bytes = new Uint8Array(sections.reduce((sum, s) => sum + s.length, 0));
    let offset = 0;
    for (const s of sections) {
      bytes.set(s, offset);
      offset += s.length;
    }
    return bytes;
  }
}

/**
 * Transforms as WebAssembly: their values are positions of eight examples, two vectors side by side.
 *
 * @module
 */
import {
  type Expr,
  f32,
  f32x4,
  type FunctionBuilder,
  get,
  type Local,
  type Pair,
  set,
  setPair,
  type Stmt,
  storePair,
  V128,
  v128,
} from "../assembler.ts";
import type { Algebra } from "./tiles.ts";

const { add, sub, mul, madd, nmadd, pmax } = f32x4;

/** Bytes of memory for the constants of a function. */
export const CONSTANT_BYTES = 128;

/** Constants in locals. They come out of memory: the compiler would make a literal anew wherever it is used. */
class Constants {
  readonly #function: FunctionBuilder;
  readonly #locals = new Map<number, Local>();

  constructor(f: FunctionBuilder) {
    this.#function = f;
  }

  get(value: number): Expr {
    let local = this.#locals.get(value);
    if (local === undefined) this.#locals.set(value, local = this.#function.local(V128));
    return get(local);
  }

  /** Sets those so far, by way of `memory`: to be run once, before they are used. */
  load(memory: Local): Stmt {
    return [...this.#locals].flatMap(([value, local], i) => [
      ...f32.store(get(memory), f32.const(value), 4 * i),
      ...set(local, v128.load32Splat(get(memory), 4 * i)),
    ]);
  }
}

/** Arithmetic on vectors of four inside one function: each operation appends a statement to the body. */
export class VectorAlgebra implements Algebra<Local> {
  readonly statements: Stmt[] = [];
  readonly constants: Constants;
  readonly #function: FunctionBuilder;

  constructor(f: FunctionBuilder) {
    this.#function = f;
    this.constants = new Constants(f);
  }

  value(expression: Expr): Local {
    const local = this.#function.local(V128);
    this.statements.push(set(local, expression));
    return local;
  }

  add(a: Local, b: Local): Local {
    return this.value(add(get(a), get(b)));
  }

  subtract(a: Local, b: Local): Local {
    return this.value(sub(get(a), get(b)));
  }

  multiply(c: number, a: Local): Local {
    return this.value(mul(this.constants.get(c), get(a)));
  }

  multiplyAdd(c: number, a: Local, b: Local): Local {
    return this.value(madd(this.constants.get(c), get(a), get(b)));
  }
}

/**
 * Arithmetic on positions inside one function: each operation appends the statements that do it to those of the body
 * under construction.
 */
export class PositionAlgebra implements Algebra<Pair> {
  readonly constants: Constants;
  readonly #function: FunctionBuilder;
  /** Locals of values; each body uses them anew from the first. */
  readonly #pairs: Pair[] = [];
  #used = 0;
  /** Never set, so that it stays 0. */
  readonly #zero: Local;
  readonly zero: Pair;
  #statements: Stmt[] = [];

  constructor(f: FunctionBuilder) {
    this.#function = f;
    this.constants = new Constants(f);
    this.#zero = f.local(V128);
    this.zero = [this.#zero, this.#zero];
  }

  /**
   * The statements that `build` asks for. Its values are good inside these only: the locals are cleared behind them, for
   * the compiler takes what a loop leaves in a local for used by the next round, and merges no halves that are used
   * apart.
   */
  body(build: () => void): Stmt {
    this.#used = 0;
    this.#statements = [];
    build();
    const used = this.#pairs.slice(0, this.#used).flat();
    return [...this.#statements, ...used.map((local) => set(local, get(this.#zero)))].flat();
  }

  #value(make: (h: 0 | 1, half: number) => Expr): Pair {
    if (this.#used === this.#pairs.length) this.#pairs.push(this.#function.pair());
    const pair = this.#pairs[this.#used++];
    this.#statements.push(setPair(pair, make));
    return pair;
  }

  load(address: Local, offset = 0): Pair {
    return this.#value((_, half) => v128.load(get(address), offset + half));
  }

  store(address: Local, value: Pair, offset = 0): void {
    this.#statements.push(storePair(get(address), value, offset));
  }

  /** Keeps a value for the next round of a loop. */
  assign(to: Pair, value: Pair): void {
    this.#statements.push(setPair(to, (h) => get(value[h])));
  }

  /** max(scale·a + shift, 0), as batch norm and the ReLU behind it have it. */
  normalize(a: Pair, scale: Local, shift: Local): Pair {
    return this.#value((h) => pmax(madd(get(a[h]), get(scale), get(shift)), get(this.#zero)));
  }

  add(a: Pair, b: Pair): Pair {
    return this.#value((h) => add(get(a[h]), get(b[h])));
  }

  subtract(a: Pair, b: Pair): Pair {
    return this.#value((h) => sub(get(a[h]), get(b[h])));
  }

  multiply(c: number, a: Pair): Pair {
    const constant = this.constants.get(c);
    return this.#value((h) => mul(constant, get(a[h])));
  }

  multiplyAdd(c: number, a: Pair, b: Pair): Pair {
    // −c·a is rounded as −(c·a) is: one constant does for both signs
    const constant = this.constants.get(Math.abs(c)), combine = c < 0 ? nmadd : madd;
    return this.#value((h) => combine(constant, get(a[h]), get(b[h])));
  }
}

/**
 * Elementwise formulas as WebAssembly vectors: what an activation or an optimizer's rule becomes in this engine.
 *
 * A value is an expression for four float32. `multiplyAdd` is the relaxed multiply-add, the only instruction whose
 * rounding the machine may choose (`features.ts` probes it); everything else rounds as IEEE 754 says, so a formula's
 * bits are the same wherever the multiply-add is fused.
 *
 * @module
 */
import type { Arithmetic } from "../arithmetic.ts";
import {
  type Expr,
  f32x4,
  type FunctionBuilder,
  get,
  i32x4,
  type Local,
  set,
  type Stmt,
  V128,
  v128,
} from "./assembler.ts";

/** Beyond these eˣ is 0 or infinity in float32; x is cut off there, so that the integer steps stay in range. */
const LEAST_EXPONENT = -104, LARGEST_EXPONENT = 89;

const LOG2_E = 1.4426950408889634;

/** 1.5 · 2²³: added to a small float32 and taken away again, it leaves an integer, which the sum's low bits hold. */
const ROUNDING = 12_582_912, ROUNDING_BITS = 0x4b400000;

/** log 2 in two parts; the first has nine bits, so that its product with an exponent is exact, fused or not. */
const LOG_2 = [0.693359375, -2.12194440e-4];

/**
 * eʳ = 1 + r + r² · P(r) for |r| ≤ ½ log 2, highest power first.
 *
 * Source: Moshier, Cephes Mathematical Library, `expf`.
 */
const EXPONENTIAL_POLYNOMIAL = [
  1.9875691500e-4,
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1,
];

const EXPONENT_BIAS = 127, MANTISSA_BITS = 23;

/** All four lanes the same integer. */
const integers = (value: number): Expr => i32x4.const([value, value, value, value]);

/**
 * Arithmetic inside one function. Kept values and constants are locals of it:
 *
 * ```ts
 * const a = new VectorArithmetic(f);
 * const body = a.body(() => v128.store(get(to), relu.value(a, a.keep(v128.load(get(from))), layer)));
 * f.emit(a.constants, repeat(counter, count, body, …));
 * ```
 */
export class VectorArithmetic implements Arithmetic<Expr> {
  readonly #function: FunctionBuilder;
  readonly #constants = new Map<number, { local: Local; expression: Expr; value: number }>();
  /** Locals of kept values; each body uses them anew from the first. */
  readonly #locals: Local[] = [];
  #kept: Stmt[] = [];

  constructor(f: FunctionBuilder) {
    this.#function = f;
  }

  /**
   * The statements that `build` returns, behind those that compute the values it keeps. Kept values and expressions
   * made of them are good inside these statements only.
   */
  body(build: () => Stmt): Stmt {
    this.#kept = [];
    const statements = build();
    return [...this.#kept, statements].flat();
  }

  /** Sets the constants of all bodies so far: to be run once, before them. */
  get constants(): Stmt {
    return [...this.#constants.values()].flatMap(({ local, value }) => set(local, f32x4.const(value)));
  }

  constant(value: number): Expr {
    const rounded = Math.fround(value);
    let known = this.#constants.get(rounded);
    if (known === undefined) {
      const local = this.#function.local(V128);
      known = { local, expression: get(local), value: rounded };
      this.#constants.set(rounded, known);
    }
    return known.expression;
  }

  add(a: Expr, b: Expr): Expr {
    return f32x4.add(a, b);
  }

  subtract(a: Expr, b: Expr): Expr {
    return f32x4.sub(a, b);
  }

  multiply(a: Expr, b: Expr): Expr {
    return f32x4.mul(a, b);
  }

  divide(a: Expr, b: Expr): Expr {
    return f32x4.div(a, b);
  }

  squareRoot(a: Expr): Expr {
    return f32x4.sqrt(a);
  }

  multiplyAdd(a: Expr, b: Expr, c: Expr): Expr {
    return f32x4.madd(a, b, c);
  }

  multiplySubtract(a: Expr, b: Expr, c: Expr): Expr {
    return f32x4.nmadd(a, b, c);
  }

  /** A NaN in `a` stays. */
  minimum(a: Expr, b: Expr): Expr {
    return f32x4.pmin(a, b);
  }

  /** A NaN in `a` stays. */
  maximum(a: Expr, b: Expr): Expr {
    return f32x4.pmax(a, b);
  }

  absolute(a: Expr): Expr {
    return f32x4.abs(a);
  }

  whereGreater(a: Expr, b: Expr, yes: Expr, no: Expr): Expr {
    const greater = f32x4.gt(a, b);
    // a constant's expression is always the same object; with 0 one instruction does for three
    return no === this.#constants.get(0)?.expression
      ? v128.and(yes, greater)
      : v128.bitSelect(yes, no, greater);
  }

  /**
   * eˣ = 2ⁿ · eʳ with n the integer nearest to x / log 2 and r the rest, by Cody and Waite. 2ⁿ is multiplied in two
   * halves, so that denormals round once and what is too large becomes infinity. A NaN stays.
   */
  exponential(a: Expr): Expr {
    const x = this.keep(
      f32x4.pmax(
        f32x4.pmin(a, this.constant(LARGEST_EXPONENT)),
        this.constant(LEAST_EXPONENT),
      ),
    );
    const shifted = this.keep(f32x4.madd(x, this.constant(LOG2_E), this.constant(ROUNDING)));
    const whole = this.keep(f32x4.sub(shifted, this.constant(ROUNDING)));
    const r = this.keep(LOG_2.reduce((rest, part) => f32x4.nmadd(whole, this.constant(part), rest), x));
    const [first, ...others] = EXPONENTIAL_POLYNOMIAL.map((coefficient) => this.constant(coefficient));
    const polynomial = others.reduce((sum, coefficient) => f32x4.madd(sum, r, coefficient), first);
    const value = f32x4.add(f32x4.madd(f32x4.mul(r, r), polynomial, r), this.constant(1));
    const n = this.keep(i32x4.sub(shifted, integers(ROUNDING_BITS)));
    const half = this.keep(i32x4.shrS(n, 1));
    const power = (exponent: Expr) => i32x4.shl(i32x4.add(exponent, integers(EXPONENT_BIAS)), MANTISSA_BITS);
    return f32x4.mul(f32x4.mul(value, power(half)), power(i32x4.sub(n, half)));
  }

  keep(a: Expr): Expr {
    const next = this.#kept.length;
    if (next === this.#locals.length) this.#locals.push(this.#function.local(V128));
    this.#kept.push(set(this.#locals[next], a));
    return get(this.#locals[next]);
  }
}

/**
 * Elementwise formulas as WGSL.
 *
 * @module
 */
import type { Arithmetic } from "../arithmetic.ts";
import { EXPONENTIAL } from "./elementary.ts";

/**
 * Writes a formula's operations down as WGSL statements; its values are names of f32.
 *
 * A driver may still fuse a multiplication and an addition that stand apart here; `multiplyAdd` is WGSL's `fma`.
 */
export class WgslArithmetic implements Arithmetic<string> {
  readonly #lines: string[] = [];
  #exponential = false;

  /** `prefix` keeps the names of two formulas in one scope apart. */
  constructor(private readonly prefix: string = "t") {}

  /** The statements so far. */
  get code(): string {
    return this.#lines.join("\n  ");
  }

  /** Functions that the statements call. */
  get declarations(): string {
    return this.#exponential ? EXPONENTIAL : "";
  }

  #let(expression: string): string {
    const name = `${this.prefix}${this.#lines.length}`;
    this.#lines.push(`let ${name} = ${expression};`);
    return name;
  }

  constant(value: number): string {
    return `f32(${Math.fround(value)})`;
  }
  add(a: string, b: string): string {
    return this.#let(`${a} + ${b}`);
  }
  subtract(a: string, b: string): string {
    return this.#let(`${a} - ${b}`);
  }
  multiply(a: string, b: string): string {
    return this.#let(`${a} * ${b}`);
  }
  divide(a: string, b: string): string {
    return this.#let(`${a} / ${b}`);
  }
  squareRoot(a: string): string {
    return this.#let(`sqrt(${a})`);
  }
  multiplyAdd(a: string, b: string, c: string): string {
    return this.#let(`fma(${a}, ${b}, ${c})`);
  }
  multiplySubtract(a: string, b: string, c: string): string {
    return this.#let(`fma(-(${a}), ${b}, ${c})`);
  }
  // written so that not-a-number stays
  minimum(a: string, b: string): string {
    return this.#let(`select(${a}, ${b}, ${b} < ${a})`);
  }
  maximum(a: string, b: string): string {
    return this.#let(`select(${a}, ${b}, ${b} > ${a})`);
  }
  absolute(a: string): string {
    return this.#let(`abs(${a})`);
  }
  whereGreater(a: string, b: string, yes: string, no: string): string {
    return this.#let(`select(${no}, ${yes}, ${a} > ${b})`);
  }
  exponential(a: string): string {
    this.#exponential = true;
    return this.#let(`exponential(${a})`);
  }
  keep(a: string): string {
    return a;
  }
}

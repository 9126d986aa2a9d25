/**
 * Elementwise arithmetic that is written once and computed by every engine: an optimizer's update, an activation.
 *
 * Such a formula is a function over an `Arithmetic`. The CPU engine gives it one whose values are WebAssembly vectors,
 * the GPU engine one whose values are WGSL expressions, TensorFlow.js one of tensors, tests one of float64 numbers.
 * The order of operations is that of the calls, and `multiplyAdd` is where an engine may round once: both are part of
 * the engine version.
 *
 * @module
 */

/** Operations on values of an engine; each value is float32 there. */
export interface Arithmetic<V> {
  constant(value: number): V;
  add(a: V, b: V): V;
  subtract(a: V, b: V): V;
  multiply(a: V, b: V): V;
  divide(a: V, b: V): V;
  squareRoot(a: V): V;
  /** a · b + c, rounded once where the engine fuses. */
  multiplyAdd(a: V, b: V, c: V): V;
  /** c − a · b, rounded once where the engine fuses. */
  multiplySubtract(a: V, b: V, c: V): V;
  minimum(a: V, b: V): V;
  maximum(a: V, b: V): V;
  absolute(a: V): V;
  /** `yes` where a > b, else `no`. */
  whereGreater(a: V, b: V, yes: V, no: V): V;
  /** eˣ, within a few units in the last place; 0 or infinity where it leaves float32. */
  exponential(a: V): V;
  /** The same value, computed once however often it is used. */
  keep(a: V): V;
}

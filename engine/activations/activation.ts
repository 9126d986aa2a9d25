/**
 * How an activation is written down, once for all engines.
 *
 * @module
 */
import type { LayerKindName, LayerOf } from "../../models/layers/mod.ts";
import type { Arithmetic } from "../arithmetic.ts";

/** The layers that compute each element from itself alone, with nothing learned. */
export type ActivationName = Extract<
  LayerKindName,
  "relu" | "relu6" | "tanh" | "sigmoid" | "silu" | "hardSwish" | "gelu" | "leakyRelu"
>;

/** An activation y = f(x). */
export interface Activation<K extends ActivationName> {
  value<V>(a: Arithmetic<V>, x: V, layer: LayerOf<K>): V;
  /** dLoss/dx from x and dLoss/dy. */
  gradient<V>(a: Arithmetic<V>, x: V, dy: V, layer: LayerOf<K>): V;
}

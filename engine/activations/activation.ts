/**
 * How an activation is written down, once for all engines.
 *
 * @module
 */
import type { LayerKindName, LayerOf } from "../../models/layers/mod.ts";
import type { Arithmetic } from "../arithmetic.ts";

/** An activation y = f(x): a layer that computes each element from itself alone, with nothing learned. */
export interface Activation<K extends LayerKindName> {
  value<V>(a: Arithmetic<V>, x: V, layer: LayerOf<K>): V;
  /** dLoss/dx from x and dLoss/dy. */
  gradient<V>(a: Arithmetic<V>, x: V, dy: V, layer: LayerOf<K>): V;
  /**
   * Whether `gradient` is the same from y, or from y times any number above 0, in place of x: then an engine may
   * overwrite x, and a dropout what is there.
   */
  readonly gradientFromOutput?: boolean;
}

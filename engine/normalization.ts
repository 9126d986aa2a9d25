/**
 * How pixels enter a network.
 *
 * @module
 */
import type { Normalization } from "../models/iteration.ts";

/** [256] The value of each uint8 pixel, computed in float64 and rounded once. */
export function normalizationTable({ mean, deviation }: Normalization): Float32Array {
  return Float32Array.from({ length: 256 }, (_, pixel) => (pixel / 255 - mean) / deviation);
}

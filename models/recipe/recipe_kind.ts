/**
 * How optimizers, schedules and augmentations are described.
 *
 * @module
 */
import type { Fields } from "../fields.ts";
import type { Kind } from "../kinds.ts";

/** Describes a kind that is nothing but its fields. */
export function recipeKind<const K extends string, const F extends Fields>(kind: K, fields: F): Kind<K, F> {
  return { kind, fields };
}

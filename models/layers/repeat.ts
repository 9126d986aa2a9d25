/**
 * The same layers several times, with the same weights each time; what leaves must fit what enters.
 *
 * @module
 */
import { type Field, positiveInteger } from "../fields.ts";
import { checkLayers, type Layer } from "./mod.ts";

export interface Repeat {
  readonly kind: "repeat";
  readonly times: number;
  readonly layers: readonly Layer[];
}

const repeated: Field<readonly Layer[]> = {
  wanted: "a list of at least one layer",
  accepts: (value): value is readonly Layer[] => Array.isArray(value) && value.length > 0,
  inspect: (layers, at) => checkLayers(layers, at),
};

/** Writes such a layer as plain data. */
export function repeat(times: number, ...layers: readonly Layer[]): Repeat {
  return { kind: "repeat", times, layers };
}
repeat.kind = "repeat" as const;
repeat.fields = { times: positiveInteger, layers: repeated };

/**
 * The same layers several times, with the same weights each time; what leaves must fit what enters.
 *
 * @module
 */
import { type Field, number } from "../fields.ts";
import { checkLayers, type Layer } from "./mod.ts";

export interface Repeat {
  readonly kind: "repeat";
  readonly times: number;
  readonly layers: readonly Layer[];
}

const repeated: Field<readonly Layer[]> = {
  wanted: "a list of at least one layer",
  accepts: (value): value is readonly Layer[] => Array.isArray(value) && value.length > 0,
  inspect: (layers, { parent: at }) => checkLayers(layers, at!),
};

/** Each time is a node of the graph, so a slip must not fill the memory. */
const times = number("a whole number from 1 to 1000", (v) => Number.isInteger(v) && v >= 1 && v <= 1000);

/** Writes such a layer as plain data. */
export function repeat(times: number, ...layers: readonly Layer[]): Repeat {
  return { kind: "repeat", times, layers };
}
repeat.kind = "repeat" as const;
repeat.fields = { times, layers: repeated };

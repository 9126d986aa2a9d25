/**
 * Several ways for one value, joined at the end by their sum or one behind the other along the channels. An empty
 * branch is the value itself. Branches may hold branches.
 *
 * @module
 */
import { type At, complaint, type Field, inside, oneOf, show } from "../fields.ts";
import { checkLayers, type Layer } from "./mod.ts";

/** How the branches' ends become one value. */
export type Join = "add" | "concat";

export interface Branches {
  readonly kind: "branches";
  readonly join: Join;
  readonly branches: readonly (readonly Layer[])[];
}

const ways: Field<readonly (readonly Layer[])[]> = {
  wanted: "a list of at least 2 branches",
  accepts: (value): value is readonly (readonly Layer[])[] => Array.isArray(value) && value.length >= 2,
  inspect: (branches, { parent: at }) =>
    branches.forEach((branch, index) => {
      const place = inside(at!, `branch ${index + 1}`);
      if (!Array.isArray(branch)) throw new TypeError(complaint(place, "a list of layers", show(branch)));
      checkLayers(branch, place);
    }),
};

const FIELDS = { join: oneOf("add", "concat"), branches: ways };

/** Writes such a layer as plain data. */
export function branches(join: Join, ...branches: readonly (readonly Layer[])[]): Branches {
  return { kind: "branches", join, branches };
}
branches.kind = "branches" as const;
branches.fields = FIELDS;

/** What a sum wants of its branches' ends; the message names the first that differs. */
export function joinMisfit(at: At, join: Join, shapes: readonly string[], differing: number): TypeError {
  const what = join === "add"
    ? `the branches of "add" to end in one shape, ${shapes[0]} as branch 1`
    : `the branches of "concat" to end in maps of one size (or flat), ${shapes[0]} as branch 1`;
  return new TypeError(complaint(at, what, `${shapes[differing]} from branch ${differing + 1}`));
}

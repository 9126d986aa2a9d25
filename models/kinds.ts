/**
 * Things of several kinds: each kind is described once, a table names them all, and types and checks derive from it.
 *
 * @module
 */
import {
  type At,
  checkFields,
  complaint,
  complete,
  type Completed,
  type Field,
  type Fields,
  isRecord,
  show,
  type Values,
  withoutFallbacks,
} from "./fields.ts";
import { nearestWord } from "./nearest_word.ts";

/** Something of kind `K` with these fields, as a person writes it: plain data. */
export type OfKind<K extends string, F extends Fields> = { readonly kind: K } & Values<F>;

/** The same with every fallback in its place. */
export type CompletedKind<K extends string, F extends Fields> = { readonly kind: K } & Completed<F>;

/** What every kind has: its name and its fields. */
export interface Kind<K extends string, F extends Fields> {
  readonly kind: K;
  readonly fields: F;
}

/** Kinds by their names. */
export type Kinds = Readonly<Record<string, Kind<string, Fields>>>;

/** Anything that a table of kinds describes. */
export type AnyOf<T extends Kinds> = { [K in keyof T & string]: OfKind<K, T[K]["fields"]> }[keyof T & string];

/** The same with every fallback in its place. */
export type AnyCompleted<T extends Kinds> = {
  [K in keyof T & string]: CompletedKind<K, T[K]["fields"]>;
}[keyof T & string];

/** The kind of `value`. @throws {TypeError} If the table has no such kind; the message names the nearest. */
export function kindOf<T extends Kinds>(kinds: T, value: unknown, at: At): T[keyof T & string] {
  if (!isRecord(value)) throw new TypeError(complaint(at, "an object", show(value)));
  const { kind } = value, names = Object.keys(kinds);
  if (typeof kind === "string" && Object.hasOwn(kinds, kind)) return kinds[kind as keyof T & string];
  const near = typeof kind === "string" ? nearestWord(kind, names) : undefined;
  throw new TypeError(
    complaint(
      at,
      `a kind of ${names.map((name) => `"${name}"`).join(", ")}`,
      show(kind),
      near === undefined ? undefined : `the nearest is "${near}"`,
    ),
  );
}

/** Checks something against the kinds of a table. */
export function checkKind(kinds: Kinds, value: unknown, at: At): void {
  checkFields(kindOf(kinds, value, at).fields, value, at, ["kind"]);
}

/** A field that holds something of a table's kinds. */
export function oneKindOf<T extends Kinds>(kinds: T): Field<AnyOf<T>> {
  return {
    wanted: "an object with a kind",
    accepts: (value): value is AnyOf<T> => isRecord(value),
    inspect: (value, at) => checkKind(kinds, value, at),
  };
}

/** The thing with every fallback in its place; it must have been checked. */
export function completeKind<T extends Kinds>(kinds: T, value: AnyOf<T>): AnyCompleted<T> {
  return { kind: value.kind, ...complete(kinds[value.kind].fields, value) } as unknown as AnyCompleted<T>;
}

/** The thing without what equals its fallback. */
export function shortenKind(kinds: Kinds, value: { readonly kind: string }): Record<string, unknown> {
  // what an older or foreign record calls by another name stays as it is, and so differs
  if (!Object.hasOwn(kinds, value.kind)) return { ...value };
  return { kind: value.kind, ...withoutFallbacks(kinds[value.kind].fields, { ...value }) };
}

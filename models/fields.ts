/**
 * Descriptions of plain data: which fields an object has, what each may hold, and what stands in for one left out.
 *
 * Types, checks and error messages derive from one description, so no list of fields is written twice.
 *
 * @module
 */
import { nearestWord } from "./nearest_word.ts";

/** What one field may hold. */
export interface Field<T> {
  /** As in "expected … to be an integer of at least 1". */
  readonly wanted: string;
  readonly accepts: (value: unknown) => value is T;
  /** Looks into a value of a kind of its own, such as a layer: throws where something in it is wrong. */
  inspect?(value: T, at: At): void;
  /** The value without what equals a fallback inside it; absent where there is nothing inside. */
  shorten?(value: T): unknown;
}

/** A field that may be left out. */
export interface OptionalField<T> extends Field<T> {
  readonly optional: true;
  /** What stands in for it; undefined where leaving it out has a meaning of its own. */
  readonly fallback: T | SameAs | undefined;
}

/** The fallback of a field that is as another one unless it is given. */
export class SameAs {
  constructor(readonly field: string) {}
}

/** Fields by their names. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

type ValueOf<F> = F extends Field<infer T> ? T : never;
type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { optional: true } ? K : never;
}[keyof F];
type KeptUndefined<F> = F extends { fallback: undefined } ? undefined : never;

/** An object with these fields, as a person writes it. */
export type Values<F extends Fields> =
  & { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]> }
  & { readonly [K in OptionalKeys<F>]?: ValueOf<F[K]> };

/** The same with every fallback in its place. */
export type Completed<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> | KeptUndefined<F[K]> };

/** Where something stands, for messages: whose file, and the path inside it. */
export interface At {
  /** As in "Cannot use my_net.ts". */
  readonly subject: string;
  /** As in "layer 3", "training.optimizer"; empty at the top. */
  readonly path: string;
  /** What it is inside of; absent at the top. */
  readonly parent?: At;
}

/** The place of something inside another: a field, `[2]` of a list, a layer or a branch. */
export function inside(at: At, part: string): At {
  const joint = at.path === "" || part.startsWith("[") ? "" : /^(layer|branch)\b/.test(part) ? ", " : ".";
  return { subject: at.subject, path: `${at.path}${joint}${part}`, parent: at };
}

/** A value as it is shown in a message, short. */
export function show(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (value === undefined) return "nothing";
  const text = typeof value === "bigint" || typeof value === "symbol" || typeof value === "function"
    ? String(value)
    : safeJson(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return "something that is no plain data";
  }
}

/** "Cannot use my_net.ts, layer 3: expected …, got …; …". */
export function complaint(at: At, wanted: string, got: string, next?: string): string {
  const place = at.path === "" ? at.subject : `${at.subject}, ${at.path}`;
  return `Cannot use ${place}: expected ${wanted}, got ${got}${next === undefined ? "" : `; ${next}`}`;
}

/** Whether a value is an object with fields. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isNumber = (value: unknown): value is number => typeof value === "number";

/** A number that `test` takes. */
export function number(wanted: string, test: (value: number) => boolean): Field<number> {
  return { wanted, accepts: (value): value is number => isNumber(value) && test(value) };
}

/** Sizes and counts are bounded, so that a slip is an error and not a machine out of memory. */
const LARGEST_COUNT = 1_000_000;

const isCount = (value: number): boolean => Number.isInteger(value) && value <= LARGEST_COUNT;

export const positiveInteger: Field<number> = number(
  `a whole number from 1 to ${LARGEST_COUNT}`,
  (value) => isCount(value) && value >= 1,
);
export const wholeNumber: Field<number> = number(
  `a whole number from 0 to ${LARGEST_COUNT}`,
  (value) => isCount(value) && value >= 0,
);
export const positive: Field<number> = number("a number above 0", (value) => value > 0 && value < Infinity);
export const notNegative: Field<number> = number(
  "a number of at least 0",
  (value) => value >= 0 && value < Infinity,
);
export const finite: Field<number> = number("a finite number", Number.isFinite);
export const fraction: Field<number> = number("a number from 0 to 1", (value) => value >= 0 && value <= 1);
export const belowOne: Field<number> = number(
  "a number from 0 to below 1",
  (value) => value >= 0 && value < 1,
);
export const betweenZeroAndOne: Field<number> = number(
  "a number above 0 and below 1",
  (value) => value > 0 && value < 1,
);
export const flag: Field<boolean> = {
  wanted: "true or false",
  accepts: (value): value is boolean => typeof value === "boolean",
};
export const text: Field<string> = {
  wanted: "a text",
  accepts: (value): value is string => typeof value === "string" && value.trim() !== "",
};

/** One of a few words. */
export function oneOf<const Words extends readonly string[]>(...words: Words): Field<Words[number]> {
  return {
    wanted: words.map((word) => `"${word}"`).join(" or "),
    accepts: (value): value is Words[number] => typeof value === "string" && words.includes(value),
  };
}

/** Two numbers, the first not above the second. */
export function range(each: Field<number>): Field<readonly [number, number]> {
  return {
    wanted: `two numbers [least, most], each ${each.wanted}`,
    accepts: (value): value is readonly [number, number] =>
      Array.isArray(value) && value.length === 2 && value.every(each.accepts) && value[0] <= value[1],
  };
}

/** A list of values of one kind. */
export function list<T>(
  each: Field<T>,
  { least = 0 }: { readonly least?: number } = {},
): Field<readonly T[]> {
  return {
    wanted: least === 0 ? "a list" : `a list of at least ${least}`,
    accepts: (value): value is readonly T[] => Array.isArray(value) && value.length >= least,
    inspect: (values, at) =>
      values.forEach((value, index) => checkField(each, value, inside(at, `[${index}]`))),
    shorten: (values) => values.map((value) => shortened(each, value)),
  };
}

/** A nested object with these fields. */
export function object<const F extends Fields>(fields: F): Field<Values<F>> {
  return {
    wanted: "an object",
    accepts: (value): value is Values<F> => isRecord(value),
    inspect: (value, at) => checkFields(fields, value, at),
    shorten: (value) => withoutFallbacks(fields, value),
  };
}

/** Either of two. */
export function either<A, B>(first: Field<A>, second: Field<B>): Field<A | B> {
  return {
    wanted: `${first.wanted} or ${second.wanted}`,
    accepts: (value): value is A | B => first.accepts(value) || second.accepts(value),
    inspect: (value, at) => {
      if (first.accepts(value)) first.inspect?.(value, at);
      else if (second.accepts(value)) second.inspect?.(value, at);
    },
    shorten: (value) => first.accepts(value) ? shortened(first, value) : shortened(second, value as B),
  };
}

/** A literal `false`, for what can be switched off. */
export const off: Field<false> = { wanted: "false", accepts: (value): value is false => value === false };

/** May be left out; `fallback` stands in for it, a value or `new SameAs("another field")`. */
export function optional<T>(field: Field<T>): OptionalField<T> & { readonly fallback: undefined };
export function optional<T>(
  field: Field<T>,
  fallback: T | SameAs,
): OptionalField<T> & { readonly fallback: T | SameAs };
export function optional<T>(field: Field<T>, fallback?: T | SameAs): OptionalField<T> {
  return { ...field, optional: true, fallback };
}

const isOptional = (field: Field<unknown>): field is OptionalField<unknown> => "optional" in field;

function checkField(field: Field<unknown>, value: unknown, at: At): void {
  if (!field.accepts(value)) {
    const OfKind = isNumber(value) && /^a (whole |finite )?number/.test(field.wanted)
      ? RangeError
      : TypeError;
    throw new OfKind(complaint(at, field.wanted, show(value)));
  }
  field.inspect?.(value, at);
}

/**
 * Checks an object against a description.
 *
 * @param ignored fields that are not part of the description but known, such as `kind`
 * @throws {TypeError} If a field is missing, unknown or of another type.
 * @throws {RangeError} If a number is out of range.
 */
export function checkFields(fields: Fields, value: unknown, at: At, ignored: readonly string[] = []): void {
  if (!isRecord(value)) throw new TypeError(complaint(at, "an object", show(value)));
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(fields, name) || ignored.includes(name)) continue;
    const known = Object.keys(fields), near = nearestWord(name, known);
    const wanted = known.length === 0 ? "no fields" : `only ${known.map((word) => `"${word}"`).join(", ")}`;
    throw new TypeError(
      complaint(at, wanted, `"${name}"`, near === undefined ? undefined : `the nearest is "${near}"`),
    );
  }
  for (const [name, field] of Object.entries(fields)) {
    const given = value[name];
    if (given === undefined && isOptional(field)) continue;
    checkField(field, given, inside(at, name));
  }
}

/** The object with every fallback in its place; it must have been checked. */
export function complete<F extends Fields>(fields: F, given: Values<F>): Completed<F> {
  const values: Record<string, unknown> = {};
  const source: Readonly<Record<string, unknown>> = given;
  for (const [name, field] of Object.entries(fields)) {
    let value = source[name];
    if (value === undefined && isOptional(field)) {
      value = field.fallback instanceof SameAs ? values[field.fallback.field] : field.fallback;
    }
    values[name] = value;
  }
  return values as Completed<F>;
}

const shortened = <T>(field: Field<T>, value: T): unknown =>
  field.shorten === undefined ? value : field.shorten(value);

/**
 * The object without what equals its fallback, fields in the order of their description: two ways of writing the
 * same thing become one.
 */
export function withoutFallbacks(
  fields: Fields,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (given[name] === undefined) continue;
    const value = shortened(field, given[name]);
    if (isOptional(field)) {
      const fallback = field.fallback instanceof SameAs ? given[field.fallback.field] : field.fallback;
      const short = fallback === undefined ? undefined : shortened(field, fallback);
      if (JSON.stringify(short) === JSON.stringify(value)) continue;
    }
    kept[name] = value;
  }
  return kept;
}

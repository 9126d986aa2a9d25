import { deepEqual, equal, throws } from "node:assert/strict";
import {
  belowOne,
  checkFields,
  complaint,
  complete,
  either,
  type Fields,
  flag,
  fraction,
  inside,
  list,
  object,
  off,
  oneOf,
  optional,
  positive,
  positiveInteger,
  range,
  SameAs,
  show,
  withoutFallbacks,
} from "../../models/fields.ts";

const AT = { subject: "a.ts", path: "" };

const FIELDS = {
  size: positiveInteger,
  stride: optional(positiveInteger, new SameAs("size")),
  share: optional(fraction, 0.5),
  limit: optional(positive),
  inner: optional(object({ a: optional(belowOne, 0.1), b: optional(flag, false) }), { a: 0.1, b: false }),
} satisfies Fields;

const rejects = (fields: Fields, value: unknown, message: string | RegExp, name = "TypeError") =>
  throws(() => checkFields(fields, value, AT), { name, message });

Deno.test("checkFields() takes what is described, with and without what may be left out", () => {
  checkFields(FIELDS, { size: 3 }, AT);
  checkFields(FIELDS, { size: 3, stride: 1, share: 1, limit: 1e-9, inner: {} }, AT);
  checkFields(FIELDS, { size: 3, stride: undefined, kind: "x" }, AT, ["kind"]);
});

Deno.test("checkFields() names an unknown field and the nearest known one", () => {
  rejects(
    FIELDS,
    { size: 3, strid: 2 },
    'Cannot use a.ts: expected only "size", "stride", "share", "limit", "inner", got "strid"; the nearest is "stride"',
  );
  rejects(FIELDS, { size: 3, inner: { c: 1 } }, 'Cannot use a.ts, inner: expected only "a", "b", got "c"');
  rejects({}, { a: 1 }, 'Cannot use a.ts: expected no fields, got "a"');
  rejects(FIELDS, { size: 3, __proto__: { toString: 1 }, constructor: 1 }, /got "constructor"/);
});

Deno.test("checkFields() tells a wrong type from a number out of range", () => {
  rejects(FIELDS, {}, "Cannot use a.ts, size: expected a whole number from 1 to 1000000, got nothing");
  rejects(FIELDS, { size: "3" }, /, size: expected a whole number from 1 to 1000000, got "3"$/);
  for (const size of [0, -1, 1.5, NaN, Infinity, 1_000_001]) {
    rejects(FIELDS, { size }, new RegExp(`, got ${size}$`), "RangeError");
  }
  rejects(
    FIELDS,
    { size: 1, share: 1.01 },
    /, share: expected a number from 0 to 1, got 1.01$/,
    "RangeError",
  );
  rejects(
    FIELDS,
    { size: 1, limit: Infinity },
    /, limit: expected a number above 0, got Infinity$/,
    "RangeError",
  );
  rejects(FIELDS, { size: 1, inner: null }, /, inner: expected an object, got null$/);
  for (const value of [null, undefined, 3, "x", []]) rejects(FIELDS, value, /expected an object/);
});

Deno.test("checkFields() names the element of a list", () => {
  const fields = { epochs: list(positiveInteger, { least: 1 }), pair: optional(range(positive)) };
  checkFields(fields, { epochs: [1, 2], pair: [1, 1] }, AT);
  rejects(fields, { epochs: [] }, "Cannot use a.ts, epochs: expected a list of at least 1, got []");
  rejects(fields, { epochs: [1, 0] }, /^Cannot use a.ts, epochs\[1\]: /, "RangeError");
  for (const pair of [[2, 1], [1], [1, 2, 3], [0, 1], 1, ["1", 2]]) {
    rejects(
      fields,
      { epochs: [1], pair },
      /, pair: expected two numbers \[least, most\], each a number above 0/,
    );
  }
});

Deno.test("checkFields() looks into whichever of two a value is", () => {
  const fields = { momentum: either(object({ base: belowOne }), off), join: oneOf("add", "concat") };
  checkFields(fields, { momentum: false, join: "add" }, AT);
  checkFields(fields, { momentum: { base: 0 }, join: "concat" }, AT);
  rejects(fields, { momentum: true, join: "add" }, /, momentum: expected an object or false, got true$/);
  rejects(fields, { momentum: { base: 1 }, join: "add" }, /, momentum.base: expected/, "RangeError");
  rejects(fields, { momentum: false, join: "sum" }, /, join: expected "add" or "concat", got "sum"$/);
});

Deno.test("complete() puts every fallback in its place", () => {
  const full = complete(FIELDS, { size: 4 });
  deepEqual(full, { size: 4, stride: 4, share: 0.5, limit: undefined, inner: { a: 0.1, b: false } });
  deepEqual(complete(FIELDS, { size: 4, stride: undefined, share: 0 }).share, 0);
});

Deno.test("withoutFallbacks() makes one of two ways to write the same", () => {
  const short = withoutFallbacks(FIELDS, { size: 4 });
  deepEqual(short, { size: 4 });
  for (
    const same of [
      { share: 0.5, size: 4, stride: 4 },
      { size: 4, inner: {} },
      { size: 4, inner: { b: false, a: 0.1 } },
      { limit: undefined, size: 4, inner: { b: false } },
    ]
  ) {
    deepEqual(withoutFallbacks(FIELDS, same), short);
  }
  const other = withoutFallbacks(FIELDS, { inner: { b: true }, stride: 1, size: 4 });
  equal(JSON.stringify(other), '{"size":4,"stride":1,"inner":{"b":true}}');
});

Deno.test("inside() writes paths as people read them", () => {
  const place = (...parts: string[]) => parts.reduce(inside, AT).path;
  equal(place("training", "augmentation", "[1]", "degrees"), "training.augmentation[1].degrees");
  equal(
    place("layer 3 (branches)", "branch 2", "layer 1 (conv)", "out"),
    "layer 3 (branches), branch 2, layer 1 (conv).out",
  );
});

Deno.test("complaint() and show() keep to one short line", () => {
  equal(complaint(AT, "x", "y", "do z"), "Cannot use a.ts: expected x, got y; do z");
  equal(show("x".repeat(500)).length, 78);
  equal(show({ text: "two\nlines" }).includes("\n"), false);
  const circular: { self?: unknown } = {};
  circular.self = circular;
  for (const value of [undefined, null, NaN, 3n, Symbol("s"), () => 1, circular, "a"]) {
    equal(typeof show(value), "string");
    equal(show(value).includes("\n"), false);
  }
});

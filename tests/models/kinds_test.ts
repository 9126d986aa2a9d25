import { deepEqual, equal, throws } from "node:assert/strict";
import { fraction, optional, positiveInteger } from "../../models/fields.ts";
import { checkKind, completeKind, shortenKind } from "../../models/kinds.ts";
import { recipeKind } from "../../models/recipe/recipe_kind.ts";

const KINDS = {
  turn: recipeKind("turn", { by: positiveInteger, p: optional(fraction, 1) }),
  rest: recipeKind("rest", {}),
};
const AT = { subject: "a.ts", path: "layer 2" };

Deno.test("checkKind() takes what its kind describes", () => {
  checkKind(KINDS, { kind: "turn", by: 3 }, AT);
  checkKind(KINDS, { kind: "rest" }, AT);
});

Deno.test("checkKind() names the kinds that there are, and the nearest", () => {
  const message = (value: unknown, expected: string) =>
    throws(() => checkKind(KINDS, value, AT), {
      name: "TypeError",
      message: `Cannot use a.ts, layer 2: ${expected}`,
    });
  message({ kind: "trun" }, 'expected a kind of "turn", "rest", got "trun"; the nearest is "turn"');
  message({ kind: "explode" }, 'expected a kind of "turn", "rest", got "explode"');
  message({}, 'expected a kind of "turn", "rest", got nothing');
  message({ kind: "toString" }, 'expected a kind of "turn", "rest", got "toString"');
  message(7, "expected an object, got 7");
  message({ kind: "rest", by: 3 }, 'expected no fields, got "by"');
});

Deno.test("completeKind() and shortenKind() undo each other", () => {
  const full = completeKind(KINDS, { kind: "turn", by: 3 });
  deepEqual(full, { kind: "turn", by: 3, p: 1 });
  deepEqual(shortenKind(KINDS, full), { kind: "turn", by: 3 });
  equal(JSON.stringify(shortenKind(KINDS, { by: 3, kind: "turn" } as typeof full)), '{"kind":"turn","by":3}');
});

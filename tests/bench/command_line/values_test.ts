import assert from "node:assert/strict";
import { readWholeNumber } from "../../../bench/command_line/values.ts";

Deno.test("readWholeNumber() takes whole numbers between its limits alone", () => {
  const limits = { least: 1, most: 9 };
  assert.equal(readWholeNumber("--n", "9", limits), 9);
  assert.equal(readWholeNumber("--n", undefined, limits), undefined);
  for (const text of ["0", "10", "1.5", "-1", "1e0", "", " 1", "NaN"]) {
    assert.throws(
      () => readWholeNumber("--n", text, limits),
      /Cannot use --n: expected a whole number from 1 to 9/,
    );
  }
});

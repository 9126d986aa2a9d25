import assert from "node:assert/strict";
import { readNumberList, readWholeNumber, SEED_LIMITS } from "../../../bench/command_line/values.ts";

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

Deno.test("readNumberList() takes numbers and ranges, and no more of them than anybody waits for", () => {
  const read = (text: string) => readNumberList("--n", text, { ...SEED_LIMITS, example: `"0-4"` });
  assert.deepEqual(read("7,0-2,2"), [0, 1, 2, 2, 7]);
  assert.equal(read("0-9999")?.length, 10_000);
  assert.throws(
    () => read("0-9999,3"),
    /Cannot use --n: expected whole numbers .*, got more than 10000 of them/,
  );
  assert.throws(() => read(Array(10_000).fill("0-9999").join(",")), /got more than 10000 of them/);
});

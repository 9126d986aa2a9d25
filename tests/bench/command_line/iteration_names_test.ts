import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  iterationFolders,
  readIterationName,
  readIterationNames,
  withIterationPaths,
} from "../../../bench/command_line/iteration_names.ts";
import { UsageError } from "../../../bench/command_line/errors.ts";

Deno.test("readIterationNames() reads numbers, ranges and files", () => {
  assert.deepEqual(readIterationNames("5, 1-3,./my_net.ts,net.json"), [
    5,
    1,
    2,
    3,
    pathToFileURL(resolve("my_net.ts")),
    pathToFileURL(resolve("net.json")),
  ]);
  assert.equal(readIterationNames(undefined), undefined);
});

for (const text of ["", "five", "3-1", "0", "1-", "10000", "1,,2"]) {
  Deno.test(`readIterationNames() refuses "${text}"`, () => {
    assert.throws(
      () => readIterationNames(text),
      (error: unknown) =>
        error instanceof UsageError && /expected numbers from 1 to 9999, ranges or files/.test(error.message),
    );
  });
}

Deno.test("readIterationName() reads one name, and refuses several", () => {
  assert.equal(readIterationName("5", "--iteration"), 5);
  assert.equal(readIterationName("3-3", "--iteration"), 3);
  for (const [text, count] of [["5,105", 2], ["1-5", 5], ["5,5", 2], ["a.ts,5", 2]] as const) {
    assert.throws(
      () => readIterationName(text, "--iteration"),
      (error: unknown) =>
        error instanceof UsageError &&
        error.message.startsWith("Cannot use --iteration: expected one such as ") &&
        error.message.endsWith(`got "${text}", which are ${count}; name one`),
    );
  }
});

Deno.test("withIterationPaths() changes files and leaves numbers", () => {
  assert.equal(withIterationPaths("5,my.ts,1-2", (path) => `/there/${path}`), "5,/there/my.ts,1-2");
  assert.deepEqual(iterationFolders("5,/there/my.ts,other/net.json"), ["/there", "other"]);
});

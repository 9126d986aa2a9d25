import assert from "node:assert/strict";
import { UsageError } from "../../../bench/command_line/errors.ts";
import { readCommandLine, readWholeNumber } from "../../../bench/command_line/flags.ts";

const SPEC = { out: "string", check: "boolean" } as const;
const read = (...args: string[]) => readCommandLine(args, SPEC, { positionals: 1 });

Deno.test("readCommandLine() reads flags and positional arguments in any order", () => {
  for (
    const args of [["a", "--out", "b", "--check"], ["--check", "--out=b", "a"], [
      "--out",
      "b",
      "--check",
      "--",
      "a",
    ]]
  ) {
    const { flags, positionals } = read(...args);
    assert.deepEqual([[...flags].sort(), positionals], [[["check", ""], ["out", "b"]], ["a"]]);
  }
  assert.equal(read("--out", "-").flags.get("out"), "-");
  assert.equal(read().flags.size, 0);
});

Deno.test("readCommandLine() refuses what is unknown, repeated, incomplete or too much", () => {
  const cases: [string[], string][] = [
    [["--nope"], 'expected one of --out, --check, got "--nope"'],
    [["-x"], 'expected one of --out, --check, got "-x"'],
    [["--out"], "Cannot read --out: expected a value, got none"],
    [["--out", "--check"], 'expected a value, got "--check"'],
    [["--out="], 'expected a value, got ""'],
    [["--out", "a", "--out", "b"], "Cannot read --out: expected it once, got it twice"],
    [["--check=yes"], 'Cannot read --check: expected no value, got "yes"'],
    [["a", "b"], 'expected at most 1 argument, got "a b"'],
  ];
  for (const [args, wanted] of cases) {
    assert.throws(
      () => read(...args),
      (error) => error instanceof UsageError && error.message.includes(wanted),
    );
  }
  assert.throws(() => readCommandLine(["a"], SPEC, { positionals: 0 }), /expected flags only, got "a"/);
});

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

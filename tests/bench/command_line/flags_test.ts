import assert from "node:assert/strict";
import { UsageError } from "../../../bench/command_line/errors.ts";
import { readCommandLine, toArguments, withPaths } from "../../../bench/command_line/flags.ts";

const SYNTAX = { flags: { out: "path", name: "text", check: "switch" }, positionals: ["path"] } as const;
const read = (...args: string[]) => readCommandLine(args, SYNTAX);

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
    [["--nope"], 'expected one of --out, --name, --check, --help, got "--nope"'],
    [["-x"], 'expected one of --out, --name, --check, --help, got "-x"'],
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
  assert.throws(() => readCommandLine(["a"], { flags: SYNTAX.flags }), /expected flags only, got "a"/);
});

Deno.test("readCommandLine() hears --help and -h", () => {
  assert.equal(read("--help").wantsHelp, true);
  assert.equal(read("-h", "--check").wantsHelp, true);
  assert.equal(read("--check").wantsHelp, false);
  assert.equal(read("--help").flags.size, 0);
});

Deno.test("withPaths() changes paths alone, and toArguments() says the same again", () => {
  const line = read("run", "--out", "a b", "--name=x", "--check");
  const moved = withPaths(line, SYNTAX, (path) => `/there/${path}`);
  assert.deepEqual(toArguments(moved, SYNTAX), [
    "--out=/there/a b",
    "--name=x",
    "--check",
    "--",
    "/there/run",
  ]);
  assert.deepEqual(read(...toArguments(moved, SYNTAX)), moved);
  // a path that looks like a flag stays a path
  assert.deepEqual(read(...toArguments(read("--", "--out"), SYNTAX)).positionals, ["--out"]);
});

Deno.test("readCommandLine() takes a program's name after its flag, or none", () => {
  const syntax = { flags: { python: "program", name: "text", check: "switch" } } as const;
  const flags = (...args: string[]) => [...readCommandLine(args, syntax).flags].sort();
  assert.deepEqual(flags("--python"), [["python", ""]]);
  assert.deepEqual(flags("--python", "python3.12", "--check"), [["check", ""], ["python", "python3.12"]]);
  assert.deepEqual(flags("--python", "--check"), [["check", ""], ["python", ""]]);
  assert.deepEqual(flags("--python=a b"), [["python", "a b"]]);
  assert.throws(() => flags("--python", "--python"), /expected it once, got it twice/);
  for (
    const [args, text] of [[["--python"], ""], [["--python", "p3"], "p3"], [
      ["--python", "./p3"],
      "/there/./p3",
    ]] as const
  ) {
    const line = withPaths(readCommandLine(args, syntax), syntax, (path) => `/there/${path}`);
    assert.deepEqual(toArguments(line, syntax), [`--python=${text}`]);
  }
});

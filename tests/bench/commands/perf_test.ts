import assert from "node:assert/strict";
import { command, main } from "../../../bench/commands/perf.ts";
import { UsageError } from "../../../bench/command_line/errors.ts";
import { readCommandLine } from "../../../bench/command_line/flags.ts";
import { recordOutput } from "../fixtures.ts";

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out = recordOutput(), err = recordOutput();
  return { code: await main(args, { out, err }), out: out.text(), err: err.text() };
}

Deno.test("perf refuses what it cannot measure, in one line that says what it can", async () => {
  const cases: [string[], string][] = [
    [["--engine", "cuda"], 'Cannot use --engine: expected one of webgpu, wasm, tensorflow, got "cuda"'],
    [["--trials", "5"], 'Cannot use --trials: expected --engine webgpu with it, got "wasm"'],
    [["--count"], 'Cannot use --count: expected --engine webgpu with it, got "wasm"'],
    [
      ["--engine", "webgpu", "--trials", "1,x"],
      'Cannot use --trials: expected numbers from 1 to 1024 such as "1,5,25", got "x"',
    ],
    [["--engine", "webgpu", "--trials", "1025"], 'got "1025"'],
    [
      ["--profile", "--engine", "tensorflow"],
      'Cannot use --profile: expected --engine wasm or webgpu with it, got "tensorflow"',
    ],
    [
      ["--engine", "webgpu", "--count", "--workers", "3"],
      "Cannot use --count: expected no --workers with --engine webgpu, got one; it counts what the device does",
    ],
    [["--profile", "--workers", "0"], "Cannot use --workers: expected a whole number from 1 to "],
    [
      ["--profile", "--against-pytorch"],
      "Cannot use --profile: expected no --against-pytorch with it, got both; leave one out",
    ],
    [
      ["--against-pytorch", "python3", "--engine", "tensorflow"],
      'Cannot use --against-pytorch: expected --engine wasm or webgpu with it, got "tensorflow"',
    ],
    [["--rounds", "2"], "Cannot use --rounds: expected --against-pytorch with it, got none"],
    [
      ["--against-pytorch", "--rounds", "0"],
      'Cannot use --rounds: expected a whole number from 1 to 1000, got "0"',
    ],
    [
      ["--against-pytorch", "./no_python", "--workers", "1"],
      'Cannot measure PyTorch: expected a Python to run, got no program "./no_python"; install Python 3 and torch',
    ],
    [["--workers", "0"], "Cannot use --workers: expected a whole number from 1 to "],
    [["--workers="], 'Cannot read --workers: expected a value, got ""'],
    [
      ["--iterations", "99"],
      "Cannot use iteration 99: expected one of 1-11, 101-136 or ",
    ],
  ];
  for (const [args, wanted] of cases) {
    const { code, out, err } = await run(...args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(out, "");
    assert.match(err, /^error: [^\n]*\n$/);
    assert.ok(err.includes(wanted), err);
  }
});

Deno.test("perf --count predicts for the trials that are asked for", async () => {
  const { code, out } = await run(
    "--engine",
    "webgpu",
    "--count",
    "--iterations",
    "1",
    "--trials",
    "7",
    "--json",
  );
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out).trials, [7]);
});

Deno.test("perf may run the Python that it is given, and no program else", () => {
  const needs = (...args: string[]) =>
    command.needs(readCommandLine(args, command.syntax), { project: "/p" });
  assert.deepEqual(needs().programs, []);
  assert.deepEqual(needs("--against-pytorch", Deno.execPath()).programs, [Deno.execPath()]);
  assert.throws(() => needs("--against-pytorch", "no_such_python"), UsageError);
});

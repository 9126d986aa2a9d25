import assert from "node:assert/strict";
import { main } from "../../../bench/commands/perf.ts";

/** Runs `main` and returns its exit code and what it wrote to standard error. */
async function run(...args: string[]): Promise<{ code: number; err: string }> {
  const written: string[] = [], { error } = console;
  console.error = (line: string) => written.push(line);
  try {
    return { code: await main(args), err: written.join("\n") };
  } finally {
    console.error = error;
  }
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
    [["--workers", "0"], "Cannot use --workers: expected a whole number from 1 to "],
    [["--iterations", "9"], 'Cannot use --iterations: expected one of 1, 2, 3, 4, 5, got "9"'],
  ];
  for (const [args, wanted] of cases) {
    const { code, err } = await run(...args);
    assert.equal(code, 2, args.join(" "));
    assert.ok(err.startsWith("error: ") && err.includes(wanted) && !err.includes("\n"), err);
  }
});

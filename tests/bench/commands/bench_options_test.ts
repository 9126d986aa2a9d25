import assert from "node:assert/strict";
import { workerLimits } from "../../../bench/command_line/values.ts";
import { UsageError } from "../../../bench/command_line/errors.ts";
import { command, parseOptions } from "../../../bench/commands/bench.ts";
import { defaultSeeds } from "../../../bench/run/options.ts";

const DEFAULTS = {
  iterations: undefined,
  seeds: undefined,
  freshSeeds: undefined,
  epochs: undefined,
  engine: "auto",
  tfBackend: undefined,
  workers: undefined,
  data: undefined,
  dataset: "mnist",
  validate: false,
  testAtEnd: false,
  seedBySeed: false,
  outByEngine: false,
  out: undefined,
  quick: false,
  assert: true,
  json: false,
  weights: "first",
};

Deno.test("parseOptions() gives the documented defaults", () => {
  assert.deepEqual(parseOptions([]), DEFAULTS);
});

Deno.test("defaultSeeds() has one for a quick run, three for a CPU, 25 for a GPU", () => {
  assert.deepEqual(defaultSeeds({ quick: true, onGpu: true }), [0]);
  assert.deepEqual(defaultSeeds({ quick: false, onGpu: false }), [0, 1, 2]);
  assert.deepEqual(defaultSeeds({ quick: false, onGpu: true }), [...Array(25).keys()]);
});

Deno.test("parseOptions() reads every flag", () => {
  const cases: [string, object][] = [
    ["--iterations 5,1", { iterations: [5, 1] }],
    ["--iterations=1-3,5", { iterations: [1, 2, 3, 5] }],
    ["--seeds 0-4", { seeds: [0, 1, 2, 3, 4] }],
    ["--seeds 7,0,2,2", { seeds: [0, 2, 2, 7] }],
    ["--seeds 4294967295", { seeds: [4294967295] }],
    ["--trials 2", { seeds: [0, 1] }],
    ["--seeds fresh:5", { seeds: [], freshSeeds: 5 }],
    ["--epochs 3", { epochs: 3 }],
    ["--engine wasm", { engine: "wasm" }],
    ["--engine webgpu", { engine: "webgpu" }],
    ["--engine tensorflow", { engine: "tensorflow" }],
    ["--engine tensorflow --tf-backend cpu", { engine: "tensorflow", tfBackend: "cpu" }],
    ["--workers 8", { workers: 8 }],
    ["--data some/folder", { data: "some/folder" }],
    ["--dataset synthetic", { dataset: "synthetic" }],
    ["--dataset kmnist --data x", { dataset: "kmnist", data: "x" }],
    ["--dataset ./digits", { dataset: "./digits" }],
    ["--validate", { validate: true }],
    ["--out results/x", { out: "results/x" }],
    ["--weights all", { weights: "all" }],
    ["--no-assert", { assert: false }],
    ["--json", { json: true }],
    ["--quick", { quick: true, epochs: 2 }],
    ["--quick --epochs 1 --seeds 3", { quick: true, seeds: [3], epochs: 1 }],
  ];
  for (const [line, changed] of cases) {
    assert.deepEqual(parseOptions(line.split(" ")), { ...DEFAULTS, ...changed }, line);
  }
  assert.equal(parseOptions(["--help"]), "help");
  assert.equal(parseOptions(["-h", "--quick"]), "help");
});

Deno.test("workerLimits() allows four for each core, and enough for tests on small machines", () => {
  assert.deepEqual([1, 2, 4, 5, 64].map((cores) => workerLimits(cores).most), [16, 16, 16, 20, 256]);
});

Deno.test("parseOptions() refuses what it cannot take and says what it can", () => {
  const cases: [string[], string][] = [
    [["--frobnicate"], "expected one of --iterations, --seeds, --trials, --epochs"],
    [["-x"], 'got "-x"; see --help'],
    [["five"], 'expected flags only, got "five"'],
    [["--seeds"], "Cannot read --seeds: expected a value, got none"],
    [["--data", "--quick"], 'Cannot read --data: expected a value, got "--quick"'],
    [["--quick=yes"], 'Cannot read --quick: expected no value, got "yes"'],
    [["--epochs", "1", "--epochs", "2"], "Cannot read --epochs: expected it once, got it twice"],
    [["--seeds", "-1"], 'whole numbers from 0 to 4294967295 such as "0-4", "0,2,7" or "fresh:5", got "-1"'],
    [["--seeds", "4294967296"], 'got "4294967296"'],
    [["--seeds", "1.5"], 'got "1.5"'],
    [["--seeds", "1,,2"], 'got ""'],
    [["--seeds", "4-2"], 'got "4-2"'],
    [["--seeds", "0-4294967295"], "which is more than 10000"],
    [
      ["--seeds", Array.from({ length: 10_000 }, (_, at) => `${at * 10_000}-${at * 10_000 + 9_999}`).join()],
      "got more than 10000 of them",
    ],
    [["--workers", "1000000"], "Cannot use --workers: expected a whole number from 1 to"],
    [["--seeds", "a"], 'got "a"'],
    [["--seeds", "fresh:0"], 'Cannot use --seeds fresh:N: expected a whole number from 1 to 10000, got "0"'],
    [["--seeds", "fresh:"], 'got ""'],
    [["--seeds", "fresh"], 'got "fresh"'],
    [["--seeds", "0,fresh:2"], 'got "fresh:2"'],
    [
      ["--iterations", "0"],
      'numbers from 1 to 9999, ranges or files such as "1,5", "1-3" or "./my_net.ts", got "0"',
    ],
    [["--iterations", "all"], 'got "all"'],
    [["--trials", "0"], 'Cannot use --trials: expected a whole number from 1 to 10000, got "0"'],
    [["--trials", "3", "--seeds", "0"], "expected either --seeds or --trials, got both"],
    [["--epochs", "0"], 'Cannot use --epochs: expected a whole number from 1 to 100000, got "0"'],
    [["--epochs", "2e1"], 'got "2e1"'],
    [["--workers", "many"], "Cannot use --workers: expected a whole number from 1 to"],
    [["--tf-backend", "cpu"], 'Cannot use --tf-backend: expected --engine tensorflow with it, got "auto"'],
    [["--engine", "tensorflow", "--tf-backend", "tpu"], "expected one of node-gpu, node, webgpu, cpu, got"],
    [["--engine", "cuda"], 'Cannot use --engine: expected one of auto, webgpu, wasm, tensorflow, got "cuda"'],
    [
      ["--dataset", "cifar"],
      "Cannot use --dataset: expected one of mnist, qmnist, fashion-mnist, kmnist, synthetic or a folder",
    ],
    [["--weights", "some"], 'Cannot use --weights: expected one of none, first, all, got "some"'],
    [["--out", ""], 'Cannot read --out: expected a value, got ""'],
    [["--data", "x", "--dataset", "synthetic"], "Cannot use --data: expected mnist, qmnist"],
    [["--data", "x", "--dataset", "./digits"], "which is a folder itself"],
  ];
  for (const [args, wanted] of cases) {
    assert.throws(() => parseOptions(args), (error) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.ok(error.message.includes(wanted), `${args.join(" ")}: ${error.message}`);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  }
});

Deno.test("its help names every flag that an unknown flag's message names", () => {
  assert.throws(() => parseOptions(["--unknown"]), (error) => {
    const flags = String(error).match(/--[a-z-]+/g)!.filter((flag) => flag !== "--unknown");
    assert.deepEqual(
      new Set(flags),
      new Set([...Object.keys(command.syntax.flags), "help"].map((name) => `--${name}`)),
    );
    for (const flag of flags) assert.ok(command.help.includes(`  ${flag} `), flag);
    return true;
  });
});

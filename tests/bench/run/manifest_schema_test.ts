import { SCHEMA } from "../../../bench/run/manifest.ts";
import assert from "node:assert/strict";
import { UsageError } from "../../../bench/command_line/errors.ts";
import {
  formatManifest,
  newManifest,
  parseManifest,
  withInvocation,
  withPlan,
} from "../../../bench/run/manifest.ts";
import { CATALOG, SHORT } from "../fixtures.ts";

const GOOD = withInvocation(
  withPlan(
    newManifest({
      schema: SCHEMA,
      dataset: { name: "mnist", digests: { "a file": "aa" }, trainImages: 60_000, testImages: 10_000 },
      engine: { name: "wasm", version: 1 },
      quick: false,
      epochs: null,
    }),
    CATALOG,
    [0],
  ),
  {
    start: "2026-01-02T03:04:05.000Z",
    device: "a CPU",
    workers: 2,
    deno: "2",
    v8: "15",
    os: "linux",
    cpu: "a CPU",
    cores: 2,
    git: null,
  },
  [{ iteration: SHORT, seed: 0 }],
);

/** The manifest with the value at `path`, such as `invocations.0.cpu`, replaced; undefined removes it. */
function withValue(path: string, value: unknown): string {
  const changed = structuredClone(GOOD) as unknown as Record<string, unknown>;
  const names = path.split("."), last = names.pop()!;
  const holder = names.reduce((at, name) => at[name] as Record<string, unknown>, changed);
  holder[last] = value;
  return JSON.stringify(changed);
}

Deno.test("parseManifest() reads what formatManifest() writes, with CR LF and a byte-order mark too", () => {
  const text = formatManifest(GOOD);
  const parsed = parseManifest(text, "m");
  assert.deepEqual(parsed, JSON.parse(text));
  assert.deepEqual(parseManifest("\ufeff" + text.replaceAll("\n", "\r\n"), "m"), parsed);
});

Deno.test("parseManifest() refuses, in one line, values that the program would stumble over", () => {
  const cases: [path: string, value: unknown, message: string][] = [
    ["schema", 7, `expected schema ${SCHEMA}, got 7`],
    ["invocations.0", [[]], 'expected an object in "invocations[0]", got [[]]'],
    [
      "invocations.0.trials",
      [[]],
      'expected a trial such as "iteration-1-seed-0" in "invocations[0].trials[0]", got []',
    ],
    ["invocations.0.cpu", null, 'expected a text in "invocations[0].cpu", got null'],
    ["invocations.0.cpu", undefined, 'expected a text in "invocations[0].cpu", got none'],
    ["invocations.0.start", "yesterday", 'expected a date in "invocations[0].start", got "yesterday"'],
    ["invocations.0.outcome", "fine", 'in "invocations[0].outcome", got "fine"'],
    [
      "invocations.0.git",
      { commit: 1, dirty: false },
      'expected a text in "invocations[0].git.commit", got 1',
    ],
    ["engine.name", {}, 'expected a text in "engine.name", got {}'],
    ["dataset.trainImages", 1e9, 'whole number from 1 to 10000000 in "dataset.trainImages", got 1000000000'],
    ["dataset.testImages", -1, 'whole number from 1 to 10000000 in "dataset.testImages", got -1'],
    ["iterations.0.parameters", 1e21, "expected a number of at most 1000000000000 in"],
    [
      "iterations.0.parameters",
      0,
      "iterations[0], parameters: expected a whole number from 1 to 1000000, got 0",
    ],
    ["iterations.0.claim.bestTestAccuracy", 1e300, "expected a number of at most 1000000000000 in"],
    ["iterations.0.training.epochs", 0.5, "iterations[0], training.epochs: expected a whole number from 1"],
    ["iterations.0.layers", [], "iterations[0], layers: expected a list of at least one layer, got []"],
    ["iterations.0.layers", [{ kind: "nothing" }], "iterations[0], layer 1: expected a kind of"],
    ["iterations.0.configHash", "aa", 'expected a SHA-256 in "iterations[0].configHash", got "aa"'],
    ["seeds", [2 ** 32], 'expected a whole number from 0 to 4294967295 in "seeds[0]"'],
    ["freshSeeds", [7], 'expected an object in "freshSeeds[0]", got 7'],
    ["quick", "no", 'expected true or false in "quick", got "no"'],
    ["note", "\x1b[2J", 'expected text that can be seen in "note", got'],
    ["iterations.0.title", "a\nb", 'expected text that can be seen in "iterations[0].title", got "a\\nb"'],
    ["iterations.0.title", "x".repeat(5000), "expected a text of at most 4096 characters"],
    ["deep", JSON.parse("[".repeat(99) + "]".repeat(99)), "expected at most 16 levels"],
  ];
  for (const [path, value, message] of cases) {
    assert.throws(() => parseManifest(withValue(path, value), "m"), (error) => {
      assert.ok(error instanceof UsageError, `${path}: ${error}`);
      assert.ok(
        error.message.startsWith('Cannot read "m": expected ') && error.message.includes(message),
        error.message,
      );
      assert.match(error.message, /^[^\p{Cc}]{1,300}$/u);
      return true;
    });
  }
});

Deno.test("parseManifest() never throws anything but a UsageError, whatever replaces a value", () => {
  const junk = [null, [], {}, [[]], "", "\x07", -1, 1e308, true, { length: 3 }, "x".repeat(9999)];
  const paths = (value: unknown, at: string): string[] =>
    typeof value !== "object" || value === null
      ? []
      : Object.entries(value).flatMap(([name, each]) => [at + name, ...paths(each, `${at}${name}.`)]);
  let refused = 0;
  for (const path of paths(GOOD, "")) {
    for (const value of junk) {
      try {
        parseManifest(withValue(path, value), "m");
      } catch (error) {
        assert.ok(error instanceof UsageError, `${path} = ${JSON.stringify(value)}: ${error}`);
        refused++;
      }
    }
  }
  assert.ok(refused > 500, `${refused} refused`);
});

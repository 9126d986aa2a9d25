/**
 * @file Which candidates a space has, and what is said of those that it has not.
 */
import assert from "node:assert/strict";
import { conv, flatten, globalAveragePool, linear, relu } from "../../../models/layers/mod.ts";
import { expandSpace } from "../../../models/search/candidates.ts";
import { atLength } from "../../../models/search/length.ts";
import type { Space } from "../../../models/search/space.ts";
import { SHORT } from "../../bench/fixtures.ts";

const small = (out: number) => [conv({ out, kernel: 3 }), relu(), globalAveragePool(), linear({ out: 10 })];
const CYCLE = {
  ...SHORT.training,
  epochs: 20,
  schedule: { kind: "oneCycle", maxLearningRate: 0.1, warmUp: 0.2 },
} as const;
const SPACE: Space = {
  name: "made_up",
  title: "Made up",
  parameters: { most: 200 },
  rungs: [{ epochs: 2, seeds: 1, keep: 0.5 }, { epochs: 20, seeds: [3, 5] }],
  base: { layers: small(4), training: CYCLE },
  choices: {
    widths: { four: {}, six: { layers: small(6) }, twelve: { layers: small(12) } },
    rate: { "0.1": {}, "0.2": { training: { schedule: { maxLearningRate: 0.2 } } } },
    augmentation: {
      none: {},
      shift: { training: { augmentation: [{ kind: "translate", fraction: 0.05 }] } },
    },
  },
};
const changedSpace = (parts: Readonly<Record<string, unknown>>) =>
  expandSpace({ ...SPACE, ...parts }, "my.ts");

Deno.test("expandSpace() makes every combination of the choices, in order, with numbers of their own", () => {
  const { candidates, leftOut, possible } = expandSpace(SPACE, "my.ts");
  assert.equal(possible, 8);
  assert.deepEqual(candidates.map(({ iteration: { id } }) => id), [
    1001,
    1002,
    1003,
    1004,
    1005,
    1006,
    1007,
    1008,
  ]);
  assert.deepEqual(candidates.map(({ name }) => name).slice(0, 4), [
    "four, 0.1, none",
    "four, 0.1, shift",
    "four, 0.2, none",
    "four, 0.2, shift",
  ]);
  const { choices, iteration: { layers, parameters, training } } = candidates[7];
  assert.deepEqual(choices, { widths: "six", rate: "0.2", augmentation: "shift" });
  assert.deepEqual(layers, small(6));
  assert.equal(parameters, 6 * 9 + 6 + 6 * 10 + 10);
  assert.deepEqual(training, {
    ...CYCLE,
    schedule: { kind: "oneCycle", maxLearningRate: 0.2, warmUp: 0.2 },
    augmentation: [{ kind: "translate", fraction: 0.05 }],
  });
  // 12 · 9 + 12 + 12 · 10 + 10
  assert.equal(leftOut.length, 4);
  assert.deepEqual(leftOut[0], { name: "twelve, 0.1, none", reason: "250 parameters, more than 200" });
});

Deno.test("expandSpace() leaves out what does not fit together and what is there already, and says so", () => {
  const { candidates, leftOut } = changedSpace({
    choices: undefined,
    candidates: {
      base: {},
      "too deep": { layers: [conv({ out: 2, kernel: 29 }), ...small(2)] },
      "eleven classes": { layers: [globalAveragePool(), linear({ out: 11 })] },
      again: { training: { labelSmoothing: 0 } },
      "another kind": { training: { schedule: { kind: "constant" } } },
      computed: ({ layers, training }: Space["base"]) => ({
        layers,
        training: { ...training, batchSize: 4 },
      }),
    },
  });
  assert.deepEqual(candidates.map(({ name }) => name), ["base", "another kind", "computed"]);
  assert.deepEqual(candidates[1].iteration.training.schedule, { kind: "constant" });
  assert.equal(candidates[2].iteration.training.batchSize, 4);
  assert.match(leftOut[0].reason, /layer 1 \(conv\): expected/);
  assert.match(leftOut[1].reason, /10 logits/);
  assert.equal(leftOut[2].reason, 'the same recipe as "base"');
});

Deno.test("expandSpace() draws a sample by its seed, each candidate at most once", () => {
  const names = (count: number, seed: number) =>
    changedSpace({ sample: { count, seed } }).candidates.map(({ name }) => name);
  const all = names(100, 0);
  assert.equal(all.length, 8);
  const drawn = names(4, 1);
  assert.deepEqual(names(4, 1), drawn);
  assert.equal(new Set(drawn).size, 4);
  assert.deepEqual(drawn, all.filter((name) => drawn.includes(name)));
  const draws = new Set(Array.from({ length: 20 }, (_, seed) => names(4, seed).join("; ")));
  assert.ok(draws.size > 10, `${draws.size} different draws of 70`);
});

Deno.test("expandSpace() refuses in one line what is no space, and slips in it", () => {
  const [, last] = SPACE.rungs;
  const cases: [Readonly<Record<string, unknown>>, RegExp][] = [
    [{ rungs: [] }, /my\.ts, rungs: expected a list of at least one rung/],
    [
      { rungs: [{ epochs: 2, seeds: 1 }, last] },
      /rung 1: expected "keep" in every rung but the last, got none/,
    ],
    [{ rungs: [{ epochs: 2, seeds: [1, 1] }] }, /rung 1\.seeds: expected .* different ones/],
    [{ rungs: [{ epochs: 2, seeds: 1, keep: 1.5 }] }, /rung 1\.keep/],
    [{ rungs: [{ epoch: 2, seeds: 1 }] }, /rung 1: expected only .* the nearest is "epochs"/],
    [{ name: "a b" }, /name: expected a name of letters/],
    [{ title: "two\nlines" }, /title: expected a text of at most 100 visible characters/],
    [{ choises: {} }, /the nearest is "choices"/],
    [{ choices: undefined }, /expected "choices" or "candidates", got neither/],
    [{ choices: { rate: {} } }, /choice "rate": expected an object of changes by name/],
    [{ choices: { rate: { "a\u200bb": {} } } }, /choice "rate": expected a text of .* as a name/],
    [{ choices: { rate: { low: 3 } } }, /choice "rate", "low": expected an object with "layers"/],
    [{ choices: { rate: { low: { layer: [] } } } }, /the nearest is "layers"/],
    [
      { choices: { rate: { low: { training: { batchsize: 3 } } } } },
      /"low", training: .*the nearest is "batchSize"/,
    ],
    [{ choices: { rate: { low: { training: { schedule: { maxRate: 3 } } } } } }, /"low", training\.schedule/],
    [{ choices: { nets: { odd: { layers: [{ kind: "convolution" }] } } } }, /"odd", layer 1/],
    [
      { choices: { rate: { low: { training: { epochs: 3 } } } } },
      /"low": expected the base's 20 epochs, got 3/,
    ],
    [
      { choices: { rate: { low: { training: { schedule: { kind: "exponential", factor: 0.9 } } } } } },
      /Cannot train in 2 epochs .* expected a schedule of "constant", .*, got "exponential"/,
    ],
    [{ choices: { a: { b: () => undefined } } }, /"b": expected a change to give "layers" and "training"/],
    [
      {
        choices: {
          a: {
            b: () => {
              throw new Error("no idea");
            },
          },
        },
      },
      /"b": expected a change that can be made, got "no idea"/,
    ],
    [{ candidates: { "four, 0.1, none": {} } }, /expected names that differ, got "four, 0\.1, none" twice/],
    [
      { parameters: { most: 5 } },
      /expected a candidate that can be tried, got none of 12 \(four, 0\.1, none: 90/,
    ],
    [{ base: { layers: [flatten()] } }, /base: expected a recipe/],
  ];
  for (const [parts, message] of cases) {
    assert.throws(() => changedSpace(parts), (error: Error) => {
      assert.match(error.message, message);
      assert.match(error.message, /^Cannot .+: expected /);
      return true;
    });
  }
});

Deno.test("expandSpace() leaves out what is no recipe in a rung's length", () => {
  const training = { ...CYCLE, schedule: { kind: "cosine", per: "epoch" } };
  const warmUp = (share: number) => ({ training: { schedule: { warmUp: share } } });
  const { candidates, leftOut } = changedSpace({
    base: { layers: small(4), training },
    choices: { warmUp: { tenth: warmUp(0.1), half: warmUp(0.5) } },
  });
  assert.deepEqual(candidates.map(({ name }) => name), ["half"]);
  assert.deepEqual(leftOut.map(({ name }) => name), ["tenth"]);
  assert.match(
    leftOut[0].reason,
    /^training\.schedule\.warmUp: expected a share of 2 epochs that is at least 1/,
  );
});

Deno.test("atLength() keeps a schedule's shape in another number of epochs", () => {
  const step = { ...CYCLE, schedule: { kind: "step", epochs: 15, factor: 0.1 } } as const;
  const steps = { ...CYCLE, schedule: { kind: "multiStep", epochs: [10, 15], factor: 0.1 } } as const;
  assert.deepEqual(atLength(CYCLE, 5), { ...CYCLE, epochs: 5 });
  assert.deepEqual(atLength(step, 4).schedule, { kind: "step", epochs: 3, factor: 0.1 });
  assert.deepEqual(atLength(steps, 10).schedule, { kind: "multiStep", epochs: [5, 8], factor: 0.1 });
  const decaying = { ...CYCLE, schedule: { kind: "inverseTime", rate: 0.1 } } as const;
  assert.equal(atLength(decaying, 20), decaying);
  assert.throws(() => atLength(decaying, 10), /got "inverseTime"; give every rung 20 epochs/);
});

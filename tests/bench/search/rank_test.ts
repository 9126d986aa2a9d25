/**
 * @file Who goes on, of made-up accuracies whose order is known.
 */
import assert from "node:assert/strict";
import { keptCount, optionEffects, rank } from "../../../bench/search/rank.ts";

const entry = (name: string, parameters: number, ...accuracies: (number | undefined)[]) => ({
  name,
  parameters,
  accuracies,
});

const chosen = (
  choices: Readonly<Record<string, string>>,
  ...rest: Parameters<typeof entry>
) => ({ ...entry(...rest), choices });

Deno.test("rank() orders by mean accuracy, then by fewer parameters, then by name; the order given does not matter", () => {
  const entries = [
    entry("best mean, worst seed", 900, 0.9, 0.99),
    entry("d", 500, 0.94, 0.94),
    entry("b, as good in another order", 400, 0.95, 0.93),
    entry("a, as good", 400, 0.93, 0.95),
    entry("best seed of all", 100, 1, 0.8),
  ];
  const order = [
    "best mean, worst seed",
    "a, as good",
    "b, as good in another order",
    "d",
    "best seed of all",
  ];
  assert.deepEqual(rank(entries).map(({ name }) => name), order);
  assert.deepEqual(rank([...entries].reverse()).map(({ name }) => name), order);
});

Deno.test("rank() takes means that are equal but for rounding as equal", () => {
  // 0.1 + 0.2 + 0.3 is not 0.6 in binary
  const [first] = rank([entry("large", 2, 0.2, 0.2, 0.2), entry("small", 1, 0.1, 0.2, 0.3)]);
  assert.equal(first.name, "small");
});

Deno.test("rank() puts whatever diverged behind all that did not, however good its other seeds", () => {
  const ranked = rank([
    entry("once", 1, 0.99, undefined, 0.99),
    entry("poor", 9, 0.1, 0.1, 0.1),
    entry("always", 1, undefined, undefined, undefined),
    entry("once, worse", 1, undefined, 0.5, 0.5),
  ]);
  assert.deepEqual(ranked.map(({ name, diverged }) => [name, diverged]), [
    ["poor", 0],
    ["once", 1],
    ["once, worse", 1],
    ["always", 3],
  ]);
  assert.equal(ranked[1].accuracy?.mean, 0.99);
  assert.equal(ranked[3].accuracy, undefined);
});

Deno.test("keptCount() takes a number, or a share rounded up, of at least one and at most all", () => {
  assert.deepEqual([
    keptCount(3, 10),
    keptCount(30, 10),
    keptCount(1 / 3, 10),
    keptCount(0.07, 100), // 7.000000000000001 in binary
    keptCount(1 / 3, 36),
    keptCount(0.01, 5),
    keptCount(undefined, 5),
  ], [3, 10, 4, 7, 12, 1, 1]);
});

Deno.test("optionEffects() gives every option the mean of the candidates that have it", () => {
  const ranked = rank([
    chosen({ rate: "low", net: "x" }, "a", 1, 0.9, 0.92),
    chosen({ rate: "high", net: "x" }, "b", 1, 0.95, 0.95),
    chosen({ rate: "low", net: "y" }, "c", 1, 0.93, 0.93),
    chosen({ rate: "high", net: "y" }, "d", 1, undefined, 0.93),
    chosen({}, "listed", 1, 0.99, 0.99),
  ]);
  const effects = optionEffects(ranked, { rate: ["low", "high", "none has it"], net: ["x", "y"] });
  const round = (value: number | undefined) => value === undefined ? undefined : Number(value.toFixed(12));
  assert.deepEqual(
    effects.map(({ choice, option, candidates, diverged, accuracy, difference }) => [
      choice,
      option,
      candidates,
      diverged,
      round(accuracy?.mean),
      round(difference),
    ]),
    [
      ["rate", "low", 2, 0, 0.92, -0.015],
      ["rate", "high", 2, 1, 0.95, 0.015],
      ["net", "x", 2, 0, 0.93, 0],
      ["net", "y", 2, 1, 0.93, 0],
    ],
  );
});

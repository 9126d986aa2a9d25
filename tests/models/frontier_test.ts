/**
 * @file The files of `models/frontier/`, however many there are: each fits the size that it has its number and name from.
 */
import assert from "node:assert/strict";
import { lintIteration } from "../../bench/judge/lint.ts";
import { SIZE_CLASSES } from "../../bench/records/marks.ts";
import {
  FRONTIER_FOLDER,
  listIterationFiles,
  loadIterations,
  loadNamedIterations,
  nameOf,
} from "../../models/catalog.ts";

/** Rows of the table in the folder's README: number, parameters, goal. */
const README_ROWS = [
  ...Deno.readTextFileSync(new URL("README.md", FRONTIER_FOLDER)).matchAll(
    /^\| +(\d+) \| +([\d,]+) \| +([\d.]+) \|$/gm,
  ),
].map(([, id, below, goal]) => [Number(id), Number(below.replace(",", "")), Number(goal)]);

const files = await listIterationFiles(FRONTIER_FOLDER);

Deno.test("models/frontier/README.md has a number for each size, with its mark", () => {
  assert.deepEqual(
    README_ROWS.map(([, below, goal]) => [below, goal]).sort(([a], [b]) => a - b),
    SIZE_CLASSES.map(({ parametersBelow, mark }) => [parametersBelow, Number((mark * 100).toFixed(2))]),
  );
});

for (const file of files) {
  Deno.test(`models/frontier/${nameOf(file)} fits its size and the challenge, and claims nothing`, async () => {
    const row = README_ROWS.find(([id]) => id === file.number);
    assert.ok(row !== undefined, `${file.number} is in the README`);
    const [iteration] = await loadNamedIterations([file.number!]);
    assert.equal(nameOf(file), `${String(file.number).padStart(2, "0")}_under_${row[1]}.ts`);
    assert.ok(iteration.parameters < row[1], `${iteration.parameters} parameters`);
    assert.deepEqual(lintIteration(iteration).filter(({ level }) => level === "warning"), []);
    assert.deepEqual([iteration.claim, iteration.criteria], [undefined, undefined]);
  });
}

Deno.test("the frontier is found by number, and is not among what is trained where nothing is named", async () => {
  assert.ok(files.length > 0);
  const numbers = files.map(({ number }) => number!);
  assert.deepEqual((await loadNamedIterations([5, ...numbers])).map(({ id }) => id), [5, ...numbers]);
  const own = new Set((await loadIterations()).map(({ id }) => id));
  assert.deepEqual(numbers.filter((number) => own.has(number)), []);
});

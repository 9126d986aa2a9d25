import { deepEqual, equal, rejects } from "node:assert/strict";
import { loadIterations } from "../../models/catalog.ts";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";

Deno.test("loadIterations() finds the published iterations in order", async () => {
  const iterations = await loadIterations();
  deepEqual(iterations.slice(0, 5).map(({ id, parameters }) => [id, parameters]), [
    [1, 9_190],
    [2, 9_190],
    [3, 26_202],
    [4, 26_870],
    [5, 19_798],
  ]);
  deepEqual(
    iterations.slice(0, 5).map(({ claim }) => [claim.parameters, claim.bestTestAccuracy, claim.epoch]),
    [
      [9_190, 0.989, 5],
      [9_190, 0.9906, 19],
      [26_202, 0.9941, 11],
      [26_202, 0.994, 16],
      [19_798, 0.9945, 16],
    ],
  );
});

Deno.test("loadIterations() gives iteration 1 and 2 the same model and recipe but for the epochs", async () => {
  const [first, second] = await loadIterations();
  deepEqual(first.layers, second.layers);
  deepEqual({ ...first.training, epochs: 20 }, second.training);
});

/** Runs `use` with a new folder that holds the given files. */
async function withFolder(files: Record<string, string>, use: (folder: URL) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir({ prefix: "under20k-catalog-" });
  try {
    const folder = new URL(`file://${path}/`);
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(new URL(name, folder), text);
    await use(folder);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

function sourceOf(change: Record<string, unknown>): string {
  return `export const it = ${JSON.stringify({ ...oneCycle, ...change })};`;
}

Deno.test("loadIterations() takes a new file as a new iteration and ignores other files", async () => {
  await withFolder({
    "12_later.ts": sourceOf({ id: 12 }),
    "07_default.ts": `export default ${JSON.stringify({ ...oneCycle, id: 7 })};`,
    "mod.ts": "export const unrelated = 1;",
    "notes.md": "",
  }, async (folder) => {
    deepEqual((await loadIterations(folder)).map(({ id }) => id), [7, 12]);
  });
});

const REJECTED: [string, Record<string, string>, RegExp][] = [
  [
    "a file without an iteration",
    { "06_empty.ts": "export {};" },
    /"06_empty.ts": expected one export, .*got none$/,
  ],
  ["a file that exports two things", {
    "06_two.ts": `${sourceOf({ id: 6 })} export const other = 1;`,
  }, /"06_two.ts": expected one export, an Iteration, got "it", "other"$/],
  ["an id that is not the file's number", {
    "06_wrong.ts": sourceOf({ id: 5 }),
  }, /"06_wrong.ts": expected id 6 as in the file's name, got 5$/],
  ["two files with one number", {
    "06_a.ts": sourceOf({ id: 6 }),
    "06_b.ts": sourceOf({ id: 6 }),
  }, /"06_b.ts": expected an id of its own, got 6 as in "06_a.ts"$/],
  ["layers that do not fit together", {
    "06_bad.ts": sourceOf({ id: 6, layers: [{ kind: "linear", out: 10 }] }),
  }, /layer 1 \(linear\): expected a flat input \[C\], got the map \[1,28,28\]/],
];

for (const [what, files, message] of REJECTED) {
  Deno.test(`loadIterations() rejects ${what}`, async () => {
    await withFolder(files, async (folder) => {
      await rejects(loadIterations(folder), (error: unknown) => {
        equal(error instanceof Error && message.test(error.message), true, String(error));
        return true;
      });
    });
  });
}

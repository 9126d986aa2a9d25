import assert from "node:assert/strict";
import { FIELD_FOLDER, loadIterations } from "../../models/catalog.ts";
import { countParameters } from "../../models/graph.ts";
import { canonicalRecipe, type Iteration } from "../../models/iteration.ts";

/** The public entries as they were read from their sources: facts from outside the project. */
const ENTRIES: readonly {
  readonly usable: boolean;
  readonly source: { readonly repository: string; readonly file: string };
  readonly parameters: number;
  readonly layers: Iteration["layers"];
  readonly training: Iteration["training"] & { readonly scheduleStepped: string };
  readonly claim: { readonly bestTestAccuracy: number | null; readonly comparable: boolean };
}[] = JSON.parse(await Deno.readTextFile(new URL("../golden/field.json", import.meta.url)));

const usable = ENTRIES.filter((entry) => entry.usable);
const files = await loadIterations(FIELD_FOLDER);

Deno.test("models/field/ holds every usable entry, numbered from 101", () => {
  assert.equal(usable.length, 36);
  assert.deepEqual(files.map(({ id }) => id), usable.map((_, index) => 101 + index));
});

usable.forEach((entry, index) => {
  const { repository, file } = entry.source;
  Deno.test(`models/field/ has ${repository} ${file} with its network, recipe, parameters and claim`, () => {
    const iteration = files[index], { scheduleStepped: _, ...training } = entry.training;
    assert.equal(iteration.source?.repository, repository);
    assert.equal(iteration.source?.file, file);
    assert.equal(countParameters(iteration.layers), entry.parameters);
    assert.deepEqual(canonicalRecipe(iteration), canonicalRecipe({ layers: entry.layers, training }));
    const best = entry.claim.bestTestAccuracy;
    assert.equal(
      iteration.claim?.bestTestAccuracy,
      best === null ? undefined : Number((best / 100).toFixed(6)),
    );
    assert.equal(iteration.claim?.comparable ?? true, entry.claim.comparable);
  });
});

Deno.test("models/field/README.md says of every other entry what is missing", async () => {
  const text = await Deno.readTextFile(new URL("README.md", FIELD_FOLDER));
  for (const { usable, source } of ENTRIES) {
    if (!usable) assert.ok(text.includes(`https://github.com/${source.repository})`), source.repository);
  }
});

/**
 * The recipe suite is a test that can fail: a training that is blind to what a case is about does not pass it.
 *
 * @module
 */
import { ok, rejects } from "node:assert/strict";
import type { OpenNetwork } from "../../engine/stepping.ts";
import type { Training } from "../../models/iteration.ts";
import { AUGMENTATIONS } from "../../models/recipe/augmentations/mod.ts";
import { OPTIMIZERS } from "../../models/recipe/optimizers/mod.ts";
import { assertTrainsAlike, RECIPE_CASES } from "./recipe_suite.ts";
import { openReference } from "./reference/training.ts";

/** Trains as the recipe says, but for what `change` makes of it. */
const changed = (change: (training: Training) => Training): OpenNetwork => (iteration, values) =>
  openReference({ ...iteration, training: change(iteration.training) }, values);

for (const recipe of RECIPE_CASES) {
  const { optimizer, ...terms } = recipe.training;
  if (optimizer?.decayNormAndBias === false) {
    Deno.test(`the recipe suite notices that everything decays: ${recipe.name}`, async () => {
      await rejects(
        assertTrainsAlike(
          changed((training) => ({ ...training, optimizer: { ...optimizer, decayNormAndBias: true } })),
          recipe,
        ),
      );
    });
  }
  for (const term of Object.keys(terms) as (keyof Training)[]) {
    // what clips nothing changes nothing
    if (recipe.name === "gradients that are short enough") continue;
    Deno.test(`the recipe suite notices that ${term} is left out: ${recipe.name}`, async () => {
      const without: Partial<Training> = term === "schedule"
        ? { schedule: { kind: "constant" } }
        : term === "augmentation"
        ? { augmentation: [] }
        : { [term]: undefined };
      await rejects(assertTrainsAlike(changed((training) => ({ ...training, ...without })), recipe));
    });
  }
}

Deno.test("the recipe suite has every optimizer and every augmentation", () => {
  for (const kind of Object.keys(OPTIMIZERS)) {
    ok(RECIPE_CASES.some(({ training }) => training.optimizer?.kind === kind), kind);
  }
  const augmentations = RECIPE_CASES.flatMap(({ training }) => training.augmentation ?? []);
  for (const kind of Object.keys(AUGMENTATIONS)) {
    ok(augmentations.some((operation) => operation.kind === kind), kind);
  }
});

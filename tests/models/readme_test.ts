import assert from "node:assert/strict";
import { LAYER_WORDS, LAYERS } from "../../models/layers/mod.ts";
import { AUGMENTATIONS } from "../../models/recipe/augmentations/mod.ts";
import { OPTIMIZERS } from "../../models/recipe/optimizers/mod.ts";
import { SCHEDULES } from "../../models/recipe/schedules/mod.ts";

const text = await Deno.readTextFile(new URL("../../models/README.md", import.meta.url));

/** Fields that a table's heading names for all of its rows. */
const IN_HEADINGS: readonly string[] = ["p", "weightDecay", "decayNormAndBias"];

/** adamW is said to have Adam's. */
const AS_ANOTHER: readonly string[] = ["adamW"];

Deno.test("models/README.md names every kind of layer, optimizer, schedule and augmentation with its fields", () => {
  const kinds = { ...LAYERS, ...OPTIMIZERS, ...SCHEDULES, ...AUGMENTATIONS };
  const missing = Object.entries(kinds).flatMap(([kind, { fields }]) => {
    const row = text.split("\n").find((line) =>
      line.startsWith("|") && line.split("|")[1].includes(`\`${kind}\``)
    );
    if (row === undefined) return [kind];
    return Object.keys(fields).filter((field) =>
      !IN_HEADINGS.includes(field) && !AS_ANOTHER.includes(kind) && !new RegExp(`\\b${field}\\b`).test(row)
    ).map((field) => `${kind}.${field}`);
  });
  assert.deepEqual(missing, []);
  assert.deepEqual(LAYER_WORDS.filter((word) => !text.includes(`\`${word}\``)), []);
});

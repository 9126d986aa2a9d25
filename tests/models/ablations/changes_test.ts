import assert from "node:assert/strict";
import { changesBetween } from "../../../models/ablations/changes.ts";
import { loadIterations } from "../../../models/catalog.ts";
import type { Iteration, Training } from "../../../models/iteration.ts";
import { conv, dropout, type Layer, relu } from "../../../models/layers/mod.ts";

const FIFTH = (await loadIterations()).find(({ id }) => id === 5)!;
const withTraining = (training: Partial<Training>): Iteration => ({
  ...FIFTH,
  training: { ...FIFTH.training, ...training },
});
const withLayers = (change: (layers: readonly Layer[]) => readonly Layer[]): Iteration => ({
  ...FIFTH,
  layers: change(FIFTH.layers),
});
const changes = (variant: Iteration) => changesBetween(FIFTH, variant);

Deno.test("changesBetween() finds nothing where two spellings mean the same", () => {
  assert.deepEqual(changes(FIFTH), []);
  assert.deepEqual(changes(withTraining({ labelSmoothing: 0, initialization: "pytorch" })), []);
});

Deno.test("changesBetween() counts fields of the recipe, of an optimizer and a schedule one by one", () => {
  const { optimizer } = FIFTH.training;
  assert.deepEqual(changes(withTraining({ epochs: 10 })), ["epochs"]);
  assert.deepEqual(changes(withTraining({ epochs: 10, batchSize: 64 })).sort(), ["batchSize", "epochs"]);
  assert.deepEqual(changes(withTraining({ schedule: { kind: "constant" } })), ["schedule"]);
  assert.deepEqual(changes(withTraining({ optimizer: { kind: "adam", learningRate: 0.001 } })), [
    "optimizer",
  ]);
  assert.deepEqual(
    changes(withTraining({ optimizer: { ...optimizer, kind: "sgd", learningRate: 0.02, nesterov: true } }))
      .sort(),
    ["optimizer.learningRate", "optimizer.nesterov"],
  );
  assert.deepEqual(changes(withTraining({ trainNormalization: { mean: 0, deviation: 1 } })), [
    "trainNormalization",
  ]);
});

Deno.test("changesBetween() counts augmentations by entry, and none at all as one", () => {
  const [rotate, translate] = FIFTH.training.augmentation;
  assert.deepEqual(changes(withTraining({ augmentation: [] })), ["augmentation"]);
  assert.deepEqual(changes(withTraining({ augmentation: [rotate] })), ["augmentation (translate)"]);
  assert.equal(
    changes(
      withTraining({ augmentation: [{ kind: "rotate", degrees: 9 }, { kind: "translate", fraction: 0.2 }] }),
    ).length,
    2,
  );
  assert.deepEqual(changes(withTraining({ augmentation: [rotate, translate, { kind: "erase" }] })), [
    "augmentation (erase)",
  ]);
});

Deno.test("changesBetween() takes one place, or one kind everywhere, for one change of the layers", () => {
  const widen = (layers: readonly Layer[]) =>
    layers.map((layer) => layer.kind === "conv" ? { ...layer, out: layer.out + 1 } : layer);
  assert.equal(changes(withLayers(widen)).length, 1);
  assert.equal(changes(withLayers((layers) => layers.filter(({ kind }) => kind !== "dropout"))).length, 1);
  assert.equal(
    changes(withLayers((layers) => layers.toSpliced(3, 0, conv({ out: 16, kernel: 1 }), relu()))).length,
    1,
  );
  // other widths and other kernels are two things, though both are of convolutions
  const mixed = (layers: readonly Layer[]) =>
    layers.map((layer, at) =>
      layer.kind !== "conv" ? layer : at === 0 ? { ...layer, out: 17 } : { ...layer, padding: 1 }
    );
  assert.ok(changes(withLayers(mixed)).length > 1);
  const both = (layers: readonly Layer[]) =>
    layers.with(7, dropout({ p: 0.3 })).with(0, conv({ out: 17, kernel: 3, padding: 1 }));
  assert.equal(changes(withLayers(both)).length, 2);
});

Deno.test("changesBetween() counts layers and training together", () => {
  const variant = withLayers((layers) => layers.filter(({ kind }) => kind !== "dropout"));
  assert.equal(changes({ ...variant, training: { ...variant.training, augmentation: [] } }).length, 2);
});

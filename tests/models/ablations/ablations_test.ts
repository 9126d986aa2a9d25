import assert from "node:assert/strict";
import { variantOf } from "../../../models/ablations/ablation.ts";
import { changesBetween } from "../../../models/ablations/changes.ts";
import { type AblationName, ABLATIONS } from "../../../models/ablations/mod.ts";
import { FIELD_FOLDER, loadIterations } from "../../../models/catalog.ts";
import type { Iteration } from "../../../models/iteration.ts";
import { validateIteration } from "../../../models/validate.ts";
import { PUBLISHED_CLAIMS } from "../../../models/published_claims.ts";

const OWN = await loadIterations(), FIELD = await loadIterations(FIELD_FOLDER);
const NAMES = Object.keys(ABLATIONS) as AblationName[];
const FIFTH = OWN.find(({ id }) => id === 5)!;

function without(iteration: Iteration, name: AblationName): Iteration | undefined {
  const change = ABLATIONS[name].change(iteration);
  return change && variantOf(iteration, { change, number: ABLATIONS[name].number, title: name });
}

Deno.test("every ablation of every iteration is a usable iteration with exactly one change", () => {
  let count = 0;
  for (const iteration of [...OWN, ...FIELD]) {
    for (const name of NAMES) {
      const variant = without(iteration, name);
      if (variant === undefined) continue;
      count++;
      validateIteration(variant, `${iteration.id} without ${name}`);
      // two kinds of dropout are taken out together
      const changes = changesBetween(iteration, variant);
      assert.ok(changes.length === 1 || name === "dropout", `${iteration.id} ${name}: ${changes.join()}`);
    }
  }
  assert.ok(count > 100, `${count} variants`);
});

Deno.test("iteration 5 has all six factors, and each variant lacks its own", () => {
  const variants = new Map(NAMES.map((name) => [name, without(FIFTH, name)!]));
  const parameters = Object.fromEntries([...variants].map(([name, variant]) => [name, variant.parameters]));
  // worked out by hand: 28·26² + 34·26 + 10; 48·16·10 instead of 48·10; 36·10 instead of 36·48 + 48·10 + 3·48
  assert.deepEqual(parameters, {
    "channel-expansion": 19_822,
    "global-average-pool": 19_798 + 48 * 15 * 10,
    "matched-normalization": 19_798,
    "one-cycle": 19_798,
    "dropout": 19_798,
    "pointwise-conv": 19_798 - 36 * 48 - 48 * 10 - 3 * 48 + 36 * 10,
    "one-cycle-cosine": 19_798,
    "augmentation": 19_798,
  });
  const kinds = (name: AblationName) => variants.get(name)!.layers.map(({ kind }) => kind);
  assert.ok(!kinds("dropout").includes("dropout"));
  assert.ok(!kinds("global-average-pool").includes("globalAveragePool"));
  assert.ok(
    variants.get("pointwise-conv")!.layers.every((layer) => layer.kind !== "conv" || layer.kernel === 3),
  );
  const widths = variants.get("channel-expansion")!.layers.flatMap((layer) =>
    layer.kind === "conv" ? [layer.out] : []
  );
  assert.deepEqual(widths, [26, 26, 26, 26, 26]);
  const training = (name: AblationName) => variants.get(name)!.training;
  assert.deepEqual(training("matched-normalization").testNormalization, { mean: 0.1407, deviation: 0.4081 });
  assert.deepEqual(training("one-cycle").schedule, { kind: "constant" });
  assert.deepEqual(training("augmentation").augmentation, []);
});

Deno.test("variants carry neither the claim nor the criteria of their iteration, and numbers of their own", () => {
  const variants = NAMES.map((name) => without(FIFTH, name)!);
  assert.equal(new Set(variants.map(({ id }) => id)).size, NAMES.length);
  for (const { id, claim, criteria, source } of variants) {
    assert.ok(id > 9000 && id < 9100);
    assert.deepEqual([claim, criteria, source], [undefined, undefined, undefined]);
  }
});

Deno.test("an ablation leaves alone what has nothing of the kind", () => {
  const [first, , third] = OWN;
  assert.equal(without(first, "one-cycle"), undefined);
  assert.equal(without(first, "global-average-pool"), undefined);
  assert.equal(without(third, "matched-normalization"), undefined);
  assert.equal(without(third, "pointwise-conv"), undefined);
});

Deno.test("every published cause names an ablation that iteration 5 has", () => {
  for (const { ablation } of PUBLISHED_CLAIMS.causes) assert.ok(without(FIFTH, ablation), ablation);
});

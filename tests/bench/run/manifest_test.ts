import assert from "node:assert/strict";
import { canonicalJson, configHash } from "../../../bench/run/manifest.ts";
import { LONG } from "../fixtures.ts";

Deno.test("canonicalJson() is the same for equal values, in lists in their order", () => {
  assert.equal(
    canonicalJson({ b: [{ d: 1, c: 2 }, 1e-4], a: undefined, A: "é" }),
    '{"A":"é","b":[{"c":2,"d":1},0.0001]}',
  );
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
});

Deno.test("configHash() depends on layers and training alone, not on the order of their keys", () => {
  const hash = configHash(LONG);
  assert.match(hash, /^[0-9a-f]{64}$/);
  const { optimizer, ...rest } = LONG.training;
  const renamed = { ...LONG, title: "x", criteria: {}, training: { optimizer, ...rest } };
  assert.equal(configHash(renamed), hash);
  assert.notEqual(configHash({ ...LONG, training: { ...LONG.training, epochs: 5 } }), hash);
  assert.notEqual(configHash({ ...LONG, layers: LONG.layers.slice(1) }), hash);
});

import assert from "node:assert/strict";
import { countParameters } from "../../../models/graph.ts";
import { batchNorm, conv, globalAveragePool, linear, maxPool, silu } from "../../../models/layers/mod.ts";
import { expandSpace } from "../../../models/search/candidates.ts";
import { listSpaces, SPACES_FOLDER } from "../../../models/search/spaces.ts";
import { thinNetwork } from "../../../models/search/thin_network.ts";

Deno.test("thinNetwork() gives the layers that its words stand for", () => {
  assert.deepEqual(
    thinNetwork([{ out: 4, kernel: 5, padding: 2 }, "pool", [maxPool({ size: 3 })]], { activation: "silu" }),
    [
      conv({ out: 4, kernel: 5, padding: 2, bias: false }),
      batchNorm(),
      silu(),
      maxPool({ size: 2 }),
      maxPool({ size: 3 }),
      globalAveragePool(),
      linear({ out: 10 }),
    ],
  );
});

Deno.test("thinNetwork() without biases has the published count less one bias a channel", () => {
  // 2,866 with biases, of which 42 are taken out by the norm behind
  assert.equal(
    countParameters(thinNetwork([{ out: 6, padding: 1 }, 6, "pool", 8, 10, "pool", 12])),
    2866 - 42,
  );
});

Deno.test("every space of the project can be searched, and has its file's name", async () => {
  const names = await listSpaces();
  assert.ok(names.length > 0);
  for (const name of names) {
    const module = await import(new URL(`${name}.ts`, SPACES_FOLDER).href);
    const [space, ...others] = Object.values<{ readonly name: string }>(module);
    assert.deepEqual(others, []);
    assert.equal(space.name, name);
    const { candidates } = expandSpace(space, name);
    assert.ok(candidates.length > 1, name);
  }
});

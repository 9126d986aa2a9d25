import assert from "node:assert/strict";
import { loadIterations } from "../../models/catalog.ts";
import { forwardMultiplyAdds, trainingFlop } from "../../models/work.ts";

Deno.test("forwardMultiplyAdds() counts what was counted by hand", async () => {
  const convolutions = [
    [10 * 26 * 26 * 9, 20 * 24 * 24 * 90],
    [10 * 26 * 26 * 9, 20 * 24 * 24 * 90],
    [16 * 28 * 28 * 9, 16 * 26 * 26 * 144, 32 * 11 * 11 * 144, 32 * 9 * 9 * 288, 32 * 2 * 2 * 288],
    [16 * 28 * 28 * 9, 20 * 26 * 26 * 144, 32 * 11 * 11 * 180, 48 * 9 * 9 * 288, 64 * 4 * 4 * 48],
    [16 * 28 * 28 * 9, 20 * 26 * 26 * 144, 28 * 11 * 11 * 180, 36 * 9 * 9 * 252, 48 * 4 * 4 * 36],
  ];
  const linear = [7200, 7200, 320, 640, 480];
  for (const { id, layers } of await loadIterations()) {
    const expected = convolutions[id - 1].reduce((sum, work) => sum + work, linear[id - 1]);
    assert.equal(forwardMultiplyAdds(layers), expected, `iteration ${id}`);
  }
});

Deno.test("trainingFlop() is three forward passes less the first input gradient", async () => {
  const oneCycle = (await loadIterations()).find(({ id }) => id === 5)!;
  const first = 16 * 28 * 28 * 9;
  assert.equal(trainingFlop(oneCycle.layers), 2 * (3 * forwardMultiplyAdds(oneCycle.layers) - first));
  assert.equal(Math.round(trainingFlop(oneCycle.layers) / 1e5) / 10, 20.4); // MFLOP
});

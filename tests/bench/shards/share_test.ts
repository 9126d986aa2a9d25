import assert from "node:assert/strict";
import { readShard } from "../../../bench/command_line/values.ts";
import { shardCosts, shareOut, trialsOfShard } from "../../../bench/shards/share.ts";

/** Costs that differ as iterations do. */
function trials(count: number, costs: readonly number[] = [1.1, 1.1, 12, 15.7, 13.7]) {
  return Array.from({ length: count }, (_, index) => ({
    iteration: 1 + index % costs.length,
    seed: Math.floor(index / costs.length),
    multiplyAdds: costs[index % costs.length],
  }));
}

Deno.test("shareOut() puts each trial in exactly one part, none of which costs more than a share and a trial", () => {
  for (const [total, count] of [[500, 8], [500, 7], [17, 5], [5, 5], [3, 8], [1, 1]]) {
    const all = trials(total),
      parts = Array.from({ length: count }, (_, index) => trialsOfShard(all, { index: index + 1, count }));
    assert.deepEqual(
      parts.flat().sort((a, b) => a.seed - b.seed || a.iteration - b.iteration),
      all,
      `${total} in ${count}`,
    );
    const costs = shardCosts(all, count), mean = costs.reduce((a, b) => a + b) / count;
    assert.ok(Math.max(...costs) < mean + 15.7, `${total} in ${count}: ${Math.max(...costs)} of ${mean}`);
  }
});

Deno.test("shareOut() gives parts of equal cost where parts of equal count would not be", () => {
  // ten dear trials and ninety cheap ones
  const all = [...trials(10, [100]), ...trials(90, [1]).map((trial) => ({ ...trial, iteration: 2 }))];
  const costs = shardCosts(all, 5);
  assert.deepEqual(costs, [218, 218, 218, 218, 218]);
  // dealt out in turns as they come, the first parts would have both dear trials and as many cheap ones
  const sizes = [1, 2, 3].map((index) =>
    trialsOfShard(trials(10, [8, 1, 1, 1, 1]), { index, count: 3 }).length
  );
  assert.deepEqual(sizes.toSorted(), [1, 1, 8]);
});

Deno.test("shareOut() depends on the trials and the number of parts alone", () => {
  assert.deepEqual(shareOut(trials(7), 3), shareOut(trials(7), 3));
  // worked out by hand: 15.7 | 13.7 | 12, then each 1.1 to the least
  assert.deepEqual(shareOut(trials(7), 3), [3, 3, 3, 1, 2, 2, 3]);
});

Deno.test("readShard() reads 3/8 and refuses what is no part", () => {
  assert.deepEqual(readShard("--shard", "3/8"), { index: 3, count: 8 });
  assert.equal(readShard("--shard", undefined), undefined);
  for (const text of ["0/8", "9/8", "3", "3/", "/8", "-1/8", "3/8/2", "1/100001", "a/b", "3 of 8"]) {
    assert.throws(
      () => readShard("--shard", text),
      /^UsageError: Cannot use --shard: expected a part and how many/,
    );
  }
});

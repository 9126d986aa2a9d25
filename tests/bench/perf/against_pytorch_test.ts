import assert from "node:assert/strict";
import { contestTable, turnOf } from "../../../bench/perf/against_pytorch.ts";

Deno.test("turnOf() holds the engine against PyTorch's fastest variant of the round", () => {
  const turn = turnOf(9000, { contiguous: 2500, channels_last: 3000 });
  assert.equal(turn.best, "channels_last");
  assert.equal(turn.ratio, 3);
  assert.equal(turnOf(9000, { contiguous: 3600, channels_last: 3000 }).ratio, 2.5);
});

Deno.test("contestTable() shows medians with their spread, of ratios of one round each", () => {
  const rounds = [
    turnOf(9000, { contiguous: 2500, channels_last: 3000 }),
    turnOf(8000, { contiguous: 2600, channels_last: 4000 }),
    turnOf(8800, { contiguous: 3520, channels_last: 3000 }),
  ];
  assert.equal(
    contestTable([{ iteration: 5, trials: 2, rounds }, {
      iteration: 1,
      trials: 1,
      rounds: rounds.slice(0, 1),
    }]),
    `\
| Iteration | Trials | under20k | PyTorch | Its best      | Ratio | Lowest, highest |
| --------: | -----: | -------: | ------: | :------------ | ----: | --------------: |
|         5 |      2 |    8,800 |   3,520 | channels_last |  2.50 |      2.00, 3.00 |
|         1 |      1 |    9,000 |   3,000 | channels_last |  3.00 |      3.00, 3.00 |`,
  );
});

import { deepEqual } from "node:assert/strict";
import { Team } from "../../../engine/wasm/team.ts";

Deno.test("Team shares out every slice once, there and back", () => {
  for (const size of [1, 2, 3, 5]) {
    for (const slices of [1, 2, 4, 16, 17]) {
      const there: number[] = [], back: number[] = [];
      for (let position = 0; position < size; position++) {
        const team = new Team(new Int32Array(4), position, size), own: number[] = [];
        team.forEachSlice(slices, (slice) => own.push(slice));
        there.push(...own);
        const reversed: number[] = [];
        team.forEachSliceBackwards(slices, (slice) => reversed.push(slice));
        deepEqual(reversed, own.toReversed(), "what a worker has in its cache is what it goes back to");
        back.push(...reversed);
      }
      const all = Array.from({ length: slices }, (_, slice) => slice);
      deepEqual(there.sort((a, b) => a - b), all);
      deepEqual(back.sort((a, b) => a - b), all);
    }
  }
});

import { deepEqual } from "node:assert/strict";
import { controlWords, Team } from "../../../engine/wasm/team.ts";

const SIZES = [1, 2, 3, 5], SLICES = [1, 2, 4, 16, 17];

/** What each worker gets where one begins after another: each of them at the `pause`-th slice of the one before. */
function shareOut(size: number, slices: number, { backwards, pause }: { backwards: boolean; pause: number }) {
  const control = new Int32Array(controlWords(size)),
    shares = Array.from({ length: size }, (): number[] => []);
  const begin = (position: number): void => {
    if (position === size) return;
    new Team(control, position, size).forEachSlice(slices, (slice) => {
      shares[position].push(slice);
      if (shares[position].length === pause) begin(position + 1);
    }, { backwards });
    if (shares[position].length < pause) begin(position + 1);
  };
  begin(0);
  return shares;
}

Deno.test("Team shares out every slice once, there and back, however late a worker comes", () => {
  for (const size of SIZES) {
    for (const slices of SLICES) {
      const all = Array.from({ length: slices }, (_, slice) => slice);
      for (const backwards of [false, true]) {
        for (const pause of [1, 3, 8, slices + 1]) {
          const taken = shareOut(size, slices, { backwards, pause }).flat();
          deepEqual(taken.toSorted((a, b) => a - b), all);
        }
      }
    }
  }
});

Deno.test("Team: a worker begins with slices of its own, those that it ended with last", () => {
  for (const backwards of [false, true]) {
    // of 16 slices each of two workers has 8; the second begins when the first has done them
    const shares = shareOut(2, 16, { backwards, pause: 8 });
    const first = [0, 1, 2, 3, 4, 5, 6, 7], second = [8, 9, 10, 11, 12, 13, 14, 15];
    deepEqual(shares, backwards ? [first.toReversed(), second.toReversed()] : [first, second]);
  }
});

Deno.test("Team: who is ready takes what others have not come to", () => {
  // the second worker begins at the first one's third slice, and is alone from then on
  const [first, second] = shareOut(2, 8, { backwards: false, pause: 3 });
  deepEqual(first, [0, 1, 2]);
  deepEqual(second, [4, 5, 6, 7, 3]);
});

Deno.test("Team hands out everything anew after a meeting", () => {
  const control = new Int32Array(controlWords(1)), team = new Team(control, 0, 1), taken: number[] = [];
  team.forEachSlice(2, (slice) => taken.push(slice));
  team.meet();
  team.forEachSlice(2, (slice) => taken.push(slice), { backwards: true });
  deepEqual(taken, [0, 1, 1, 0]);
});

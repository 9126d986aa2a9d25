import { throws } from "node:assert/strict";
import { checkTrials } from "../../engine/check_trials.ts";
import type { Trial } from "../../engine/engine.ts";
import type { Iteration } from "../../models/iteration.ts";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";
import { linear } from "../../models/layers/mod.ts";

const GOOD: Trial = { iteration: oneCycle, seed: 0, epochs: 1 };

/** That a trial behind a good one is refused. */
function refused(trial: object, name: "TypeError" | "RangeError", message: string | RegExp): void {
  throws(() => checkTrials([GOOD, { ...GOOD, ...trial }]), { name, message });
}

const withIteration = (change: object): object => ({ iteration: { ...oneCycle, ...change } });
const withTraining = (change: object): object =>
  withIteration({ training: { ...oneCycle.training, ...change } });

Deno.test("checkTrials() takes every seed and every length that is one", () => {
  checkTrials([]);
  checkTrials([GOOD, { ...GOOD, seed: 0xffff_ffff }, { ...GOOD, epochs: oneCycle.training.epochs }]);
  checkTrials([{ ...GOOD, iteration: structuredClone<Iteration>(oneCycle) }]);
});

Deno.test("checkTrials() refuses an iteration that means something else than it says", () => {
  refused(
    withTraining({ labelSmooting: 0.5 }),
    "TypeError",
    /"labelSmooting"; the nearest is "labelSmoothing"/,
  );
  refused(withTraining({ initialization: "kers" }), "TypeError", /"pytorch" or "keras", got "kers"/);
  refused(
    withTraining({ batchSize: 2.5 }),
    "RangeError",
    /training\.batchSize: expected a whole number .*, got 2\.5/,
  );
  refused(withIteration({ parameters: 7 }), "RangeError", /expected the declared 7 parameters, got 19798/);
  const layers = [...oneCycle.layers.slice(0, -1), linear({ out: 5 })];
  refused(withIteration({ layers }), "TypeError", /the 10 logits \[10\]/);
});

Deno.test("checkTrials() refuses a seed that is another one's", () => {
  for (const seed of [-1, 1.5, 2 ** 32, 2 ** 32 + 1, NaN, "1"]) {
    const got = JSON.stringify(seed) === "null" ? "NaN" : JSON.stringify(seed);
    refused(
      { seed },
      "RangeError",
      `Cannot train trial 1: expected a whole number from 0 to 4294967295 as its seed, got ${got}`,
    );
  }
});

Deno.test("checkTrials() refuses a length that the schedule does not have", () => {
  for (const epochs of [0, -1, 1.5, 21, Infinity, undefined]) {
    refused(
      { epochs },
      "RangeError",
      `Cannot train trial 1: expected 1 to 20 epochs, as iteration 5 has, got ${epochs ?? "nothing"}; ` +
        '"training.epochs" of the iteration is the schedule\'s length as well',
    );
  }
});

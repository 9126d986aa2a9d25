/**
 * Holds an engine's first 20 losses of each iteration, recipe and all, against the float64 reference's: augmentation,
 * dropout, batch norm, updates and schedules at the real batch size, together.
 *
 * @module
 */
import { ok } from "node:assert/strict";
import type { OpenNetwork } from "../../engine/stepping.ts";
import { ITERATIONS, readFirstLossErrors, readFirstLosses, trainFirstSteps } from "./first_losses.ts";

/**
 * How much larger than the largest error that rounding was seen to make in 200 trainings an engine's may be.
 *
 * Float32 starts 1e-8 to 1e-7 from float64. As soon as one value next to a kink (ReLU, max-pool) falls on the other
 * side, which Adam's first steps make large, each of the size of the learning rate whatever the gradient, the losses are
 * 1e-5 to 1e-4 apart and grow to 1e-3 and more. In which step that is, and with it the error of any one step, is chance:
 * one engine's own error says little of what another's may be. Hence the largest of many trainings from weights that
 * differ in their last bits; common logarithms of a training's largest error deviate by 0.15 (iteration 4) to 0.42
 * (iteration 1), and one engine rounds a few times as much as another, as GPUs do in divisions and roots. On an NVIDIA
 * H100, step 3 of iteration 4 is 8.3e-6 off.
 *
 * A wrong mask, pixel, rate or momentum shows in the first three steps, by 1e-4 or more.
 */
const FACTOR = 4;
/** Before any kink, errors are a few units of float32, which engines round in their own ways. */
const LEAST_BOUND = 16 * 2 ** -23;

/** Registers the suite for an engine. */
export function testFirstLosses(
  engine: string,
  open: OpenNetwork,
  options: Pick<Deno.TestDefinition, "ignore" | "sanitizeOps" | "sanitizeResources"> = {},
): void {
  for (const id of ITERATIONS) {
    Deno.test(`${engine} has the float64 reference's first losses, iteration ${id}`, options, async () => {
      const expected = (await readFirstLosses())[id], seen = (await readFirstLossErrors())[id];
      const losses = await trainFirstSteps(open, id);
      const errors = losses.map((loss, step) => Math.abs(loss / expected[step] - 1));
      const bounds = seen.map((error) => Math.max(LEAST_BOUND, FACTOR * error));
      const lines = errors.map((error, step) =>
        `step ${step + 1}: expected ${expected[step]}, got ${losses[step]}, off by ${
          error.toExponential(1)
        }, ` +
        `bound ${bounds[step].toExponential(1)}${error <= bounds[step] ? "" : " EXCEEDED"}`
      );
      // not a number is not within bounds either
      ok(errors.every((error, step) => error <= bounds[step]), `losses off:\n${lines.join("\n")}`);
    });
  }
}

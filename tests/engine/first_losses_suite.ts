/**
 * Holds an engine's first 20 losses of each iteration, recipe and all, against the float64 reference's: augmentation,
 * dropout, batch norm, updates and schedules at the real batch size, together.
 *
 * @module
 */
import { ok } from "node:assert/strict";
import type { OpenNetwork } from "../../engine/stepping.ts";
import { ITERATIONS, readFirstLosses, trainFirstSteps } from "./first_losses.ts";

/**
 * Relative error of a loss: in the first three steps, and in all 20.
 *
 * Float32 starts 1e-8 to 2e-6 from float64. Then a value next to a kink (ReLU, max-pool) falls on the other side, which
 * Adam's first steps, each of the size of the learning rate whatever the gradient, make larger: the CPU engine's
 * largest errors are 2.7e-5 (1), 6.9e-3 (3), 3.3e-3 (4) and 4.7e-4 (5), and which step has them is chance. The bounds
 * are about four times as large. A wrong mask, pixel, rate or momentum shows in the first three steps, by 1e-4 or more.
 */
const BOUNDS: Readonly<Record<number, { readonly early: number; readonly all: number }>> = {
  1: { early: 2e-6, all: 1.2e-4 },
  3: { early: 2e-6, all: 3e-2 },
  4: { early: 8e-6, all: 1.5e-2 },
  5: { early: 1e-6, all: 2e-3 },
};
const EARLY_STEPS = 3;

/** Registers the suite for an engine. */
export function testFirstLosses(
  engine: string,
  open: OpenNetwork,
  options: Pick<Deno.TestDefinition, "ignore" | "sanitizeOps" | "sanitizeResources"> = {},
): void {
  for (const id of ITERATIONS) {
    Deno.test(`${engine} has the float64 reference's first losses, iteration ${id}`, options, async () => {
      const expected = (await readFirstLosses())[id], losses = await trainFirstSteps(open, id);
      losses.forEach((loss, step) => {
        const error = Math.abs(loss / expected[step] - 1);
        const bound = step < EARLY_STEPS ? BOUNDS[id].early : BOUNDS[id].all;
        ok(error <= bound, `step ${step + 1}: expected ${expected[step]}, got ${loss}, off by ${error}`);
      });
    });
  }
}

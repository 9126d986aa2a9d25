/**
 * The training that a page repeats, and what the engine makes of it here.
 *
 * @module
 */
import { join } from "node:path";
import type { Dataset } from "../../data/types.ts";
import type { Engine, EpochResult } from "../../engine/engine.ts";
import type { Iteration } from "../../models/iteration.ts";
import type { TrainingContent } from "../../page/content.ts";
import { networkContent } from "./content.ts";
import { QUICK_EPOCHS, QUICK_IMAGES } from "../run/options.ts";

/** The smallest: after 8,192 images it reads most digits, in seconds on a laptop and half a minute on a slow phone. */
export const TRAINED_ITERATION = 1;
const SEED = 0;

/**
 * Trains as `deno task bench --quick` does and takes down the digest.
 *
 * @throws {Error} If the training does not come to its end.
 */
export async function comparedTraining(
  iteration: Iteration,
  data: Dataset,
  engine: Engine,
): Promise<TrainingContent> {
  const results: EpochResult[] = [];
  await engine.train([{ iteration, seed: SEED, epochs: QUICK_EPOCHS }], {
    train: data.train,
    test: data.test,
    onEvent(event) {
      if (event.kind === "epoch") results.push(event.result);
      else if (event.kind === "failed") throw new Error(event.message);
    },
  });
  const last = results.at(-1);
  if (last === undefined || results.length !== QUICK_EPOCHS) {
    throw new Error(`Cannot compare a training: expected ${QUICK_EPOCHS} epochs, got ${results.length}`);
  }
  return {
    network: networkContent(iteration),
    iteration,
    seed: SEED,
    epochs: QUICK_EPOCHS,
    images: QUICK_IMAGES,
    command: `deno task bench --quick --dataset synthetic --iterations ${iteration.id} --engine wasm`,
    file: join("results", "runs", `synthetic-wasm${engine.version}-quick`, "trials.csv"),
    // another arithmetic gives other bits, which nothing can be held against
    ...(engine.name === "wasm"
      ? { expected: { digest: last.weightsDigest, testAccuracy: last.testAccuracy ?? 0 } }
      : {}),
  };
}

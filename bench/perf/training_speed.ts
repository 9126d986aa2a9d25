/**
 * Images per second of an engine's whole training, and what every engine's measurement has in common.
 *
 * @module
 */
import { drawDataset } from "../../data/synthetic.ts";
import type { Engine, ImageSet } from "../../engine/engine.ts";
import { imagesPerEpoch, shrinkTrainingSet } from "../../engine/training_set.ts";
import type { Iteration } from "../../models/iteration.ts";
import { RECIPE_IMAGES } from "../run/options.ts";
import { median } from "../statistics/mod.ts";

/** Each epoch is this long, whole batches. */
const IMAGES = 60 * 128;
/** The first is warm-up: V8 or the driver is still compiling. */
const EPOCHS = 4;

/** What `deno task perf` was asked for. */
export interface PerfOptions {
  readonly workers?: number;
  /** Trials side by side, one measurement each; for a GPU. */
  readonly trials?: readonly number[];
  readonly onProgress: (line: string) => void;
}

/** What was measured, for programs and for people. */
export interface PerfReport {
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Synthetic images, the same everywhere; a test set as good as none. */
export function drawPerfData(): { train: ImageSet; test: ImageSet } {
  return drawDataset({ trainCount: IMAGES, testCount: 8 });
}

/**
 * Trains `trials` seeds at once; images per second of all together, by the median of the epochs after the first.
 *
 * @throws {Error} If a trial does not complete.
 */
export async function trainingSpeed(
  engine: Engine,
  iteration: Iteration,
  { data, trials, epochs = EPOCHS }: {
    readonly data: { train: ImageSet; test: ImageSet };
    readonly trials: number;
    readonly epochs?: number;
  },
): Promise<number> {
  const count = data.train.labels.length;
  // held-out images in proportion, and a schedule that is as long as what is measured
  const shrunk = shrinkTrainingSet(iteration.training, { fullCount: RECIPE_IMAGES, count });
  const measured = { ...iteration, training: { ...shrunk, epochs: Math.max(shrunk.epochs, epochs) } };
  const images = imagesPerEpoch(measured.training, count);
  const speeds = Array.from({ length: trials }, (): number[] => []);
  await engine.train(
    Array.from({ length: trials }, (_, seed) => ({ iteration: measured, seed, epochs })),
    {
      ...data,
      onEvent: (event) => {
        if (event.kind === "epoch" && event.result.epoch > 1) {
          speeds[event.trial].push(images / event.result.trainSeconds);
        }
        if (event.kind === "failed" || event.kind === "diverged") {
          const reason = event.kind === "failed" ? event.message : "a loss was not finite";
          throw new Error(
            `Cannot measure iteration ${iteration.id}: expected trial ${event.trial} to complete, got "${reason}"`,
          );
        }
      },
    },
  );
  return speeds.reduce((sum, ofTrial) => sum + median(ofTrial)!, 0);
}

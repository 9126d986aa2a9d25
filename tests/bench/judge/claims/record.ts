/**
 * Results made from a few numbers, for tests of what is said about them.
 *
 * @module
 */
import { SCHEMA } from "../../../../bench/run/manifest.ts";
import type { Manifest } from "../../../../bench/run/manifest.ts";
import type { ConfusionRow, EpochRow, TrialRow } from "../../../../bench/run/rows.ts";
import type { RunRecord } from "../../../../bench/run/run_folder.ts";
import { summarizeTrial } from "../../../../bench/run/summary.ts";
import type { Iteration } from "../../../../models/iteration.ts";

/** Accuracies and losses of each epoch, for one trial. */
export interface Curve {
  /** Undefined in epochs in which the test set was not looked at. */
  readonly test: readonly (number | undefined)[];
  readonly train?: readonly number[];
  readonly testLoss?: readonly number[];
  readonly trainLoss?: readonly number[];
}

/** A record of trials with these curves, seeds from 0. */
export function recordOf(
  trials: readonly { readonly iteration: Iteration; readonly curves: readonly Curve[] }[],
  changes: { readonly manifest?: Partial<Manifest>; readonly confusion?: readonly ConfusionRow[] } = {},
): RunRecord {
  const epochs: EpochRow[] = [], rows: TrialRow[] = [];
  for (const { iteration, curves } of trials) {
    curves.forEach((curve, seed) => {
      const ofTrial = curve.test.map((testAccuracy, index): EpochRow => ({
        iteration: iteration.id,
        seed,
        epoch: index + 1,
        trainLoss: curve.trainLoss?.[index] ?? 0.1,
        trainAccuracy: curve.train?.[index] ?? 0.97,
        validationLoss: undefined,
        validationAccuracy: undefined,
        testLoss: testAccuracy === undefined ? undefined : curve.testLoss?.[index] ?? 0.05,
        testAccuracy,
        learningRate: 0.01,
        weightsDigest: `${iteration.id} ${seed} ${index}`,
      }));
      epochs.push(...ofTrial);
      rows.push({
        iteration: iteration.id,
        seed,
        status: "completed",
        epochs: ofTrial.length,
        parameters: iteration.parameters,
        ...summarizeTrial(ofTrial),
        weightsDigest: ofTrial.at(-1)!.weightsDigest,
        predictionsDigest: "",
        note: undefined,
      });
    });
  }
  return {
    manifest: {
      schema: SCHEMA,
      dataset: { name: "mnist", digests: {}, trainImages: 60_000, testImages: 10_000 },
      engine: { name: "wasm", version: 1 },
      quick: false,
      epochs: null,
      iterations: trials.map(({ iteration }) => ({ ...iteration, configHash: "" })),
      seeds: [],
      invocations: [],
      ...changes.manifest,
    },
    trials: rows,
    epochs,
    timing: [],
    ...(changes.confusion && { confusion: changes.confusion }),
  };
}

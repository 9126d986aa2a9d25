/**
 * Short trainings whose digests are recorded: the bits that engine version 2 promises.
 *
 * Run as a program it trains them and prints `iteration:digest` lines, for a test that wants them under other V8
 * flags.
 *
 * @module
 */
import { drawDataset } from "../../../data/synthetic.ts";
import type { Trial, TrialEvent } from "../../../engine/engine.ts";
import { createWasmEngine } from "../../../engine/wasm/mod.ts";
import type { Iteration } from "../../../models/iteration.ts";
import { baseline } from "../../../models/iterations/01_baseline.ts";
import { longerTraining } from "../../../models/iterations/02_longer_training.ts";
import { globalAveragePooling } from "../../../models/iterations/03_global_average_pooling.ts";
import { matchedNormalization } from "../../../models/iterations/04_matched_normalization.ts";
import { oneCycle } from "../../../models/iterations/05_one_cycle.ts";

/** 7 batches of 128 and one of 107, whose last group of eight is partial; a test set that is no multiple of 8. */
const { train, test } = drawDataset({ trainCount: 1003, testCount: 203 });

const ITERATIONS = [baseline, longerTraining, globalAveragePooling, matchedNormalization, oneCycle];

/** One of the five iterations. */
export function iterationNumber(id: number): Iteration {
  return ITERATIONS.find((iteration) => iteration.id === id)!;
}

/** Trains on the small synthetic set and returns everything that was reported. */
export async function trainShort(
  trials: readonly Trial[],
  options: { workers: number; wide?: boolean; signal?: AbortSignal },
): Promise<TrialEvent[]> {
  const events: TrialEvent[] = [];
  const engine = await createWasmEngine(options);
  try {
    await engine.train(trials, {
      train,
      test,
      onEvent: (event) => events.push(event),
      signal: options.signal,
    });
  } finally {
    engine.close();
  }
  return events;
}

/** Weights digests by epoch, for each trial. */
export function digestsOf(events: readonly TrialEvent[], trial: number): string[] {
  return events.flatMap((event) =>
    event.kind === "epoch" && event.trial === trial ? [event.result.weightsDigest] : []
  );
}

if (import.meta.main) {
  const iterations = [1, 3, 4, 5].map(iterationNumber);
  const events = await trainShort(iterations.map((iteration) => ({ iteration, seed: 0, epochs: 1 })), {
    workers: 2,
    wide: true,
  });
  iterations.forEach(({ id }, trial) => console.log(`${id}:${digestsOf(events, trial)[0]}`));
}

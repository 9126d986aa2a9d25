/**
 * Whose weights go into a page.
 *
 * @module
 */
import { join } from "node:path";
import { parseSafetensors } from "../../engine/safetensors.ts";
import { evaluationWeights } from "../../page/weights.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { CHALLENGE } from "../judge/judge.ts";
import type { RecordedIteration } from "../run/manifest.ts";
import { type CompletedTrialRow, isCompleted, type TrialId } from "../run/rows.ts";
import { type RunRecord, weightsPath } from "../run/run_record.ts";
import { readBytesIfThere } from "../run/whole_files.ts";

/** A trial whose weights are there. */
export interface TrainedTrial {
  readonly trial: CompletedTrialRow;
  readonly iteration: RecordedIteration;
  /** All tensors in canonical order, as the network evaluates with them. */
  readonly weights: Float32Array;
}

/**
 * The trials of a run whose weights are there, the ones to show first in front: fewer than the challenge's
 * parameters before others, then by accuracy. Of `rows`, where they are given, in their order.
 *
 * @throws {UsageError} If there is none, one of `rows` has none, or weights are not those of their network.
 */
export async function trainedTrials(
  folder: string,
  { trials, manifest }: RunRecord,
  rows?: readonly TrialId[],
): Promise<TrainedTrial[]> {
  const found: TrainedTrial[] = [];
  for (const trial of trials.filter(isCompleted)) {
    const file = weightsPath(trial), bytes = readBytesIfThere(folder, file);
    if (bytes === undefined) continue;
    const iteration = manifest.iterations.find(({ id }) => id === trial.iteration)!;
    const names = { file: join(folder, file), network: `iteration ${trial.iteration}` };
    const { weights } = await asUsageError(() =>
      Promise.resolve().then(() =>
        evaluationWeights(iteration.layers, parseSafetensors(bytes).tensors, names)
      )
    );
    found.push({ trial, iteration, weights });
  }
  if (found.length === 0) {
    throw new UsageError(
      `Cannot make a page of "${folder}": expected the weights of a trial, got none; train with \`--weights first\``,
    );
  }
  const isOver = ({ iteration }: TrainedTrial) => Number(iteration.parameters >= CHALLENGE.parametersBelow);
  found.sort((a, b) =>
    isOver(a) - isOver(b) || b.trial.finalTestAccuracy - a.trial.finalTestAccuracy ||
    a.trial.iteration - b.trial.iteration || a.trial.seed - b.trial.seed
  );
  return rows === undefined ? found : rows.map((row) => pick(found, row));
}

function pick(found: readonly TrainedTrial[], { iteration, seed }: TrialId): TrainedTrial {
  const trial = found.find((each) => each.trial.iteration === iteration && each.trial.seed === seed);
  if (trial !== undefined) return trial;
  const known = found.map((each) => `${each.trial.iteration}/${each.trial.seed}`).sort().join(", ");
  throw new UsageError(`Cannot use --rows: expected some of ${known}, got "${iteration}/${seed}"`);
}

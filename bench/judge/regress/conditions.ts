/**
 * What a run's trials of one iteration were trained on.
 *
 * @module
 */
import type { Invocation } from "../../run/manifest.ts";
import { trialKey } from "../../run/rows.ts";
import type { RunRecord } from "../../run/run_folder.ts";

/** What speed depends on. */
export type Conditions = Pick<Invocation, "cpu" | "cores" | "device" | "workers">;

/** The conditions of all trials of an iteration; undefined where they differ among them or are not known. */
export function conditionsOf(id: number, { manifest, trials }: RunRecord): Conditions | undefined {
  const each = trials.filter((trial) => trial.iteration === id).map((trial) =>
    manifest.invocations.findLast((invocation) => invocation.trials.includes(trialKey(trial)))
  );
  const first = each[0];
  if (first === undefined) return undefined;
  return each.every((one) => one !== undefined && sameConditions(one, first)) ? first : undefined;
}

/** Whether speeds can be compared. */
export function sameConditions(a: Conditions, b: Conditions): boolean {
  return a.cpu === b.cpu && a.cores === b.cores && a.device === b.device && a.workers === b.workers;
}

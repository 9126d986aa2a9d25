/**
 * Entries that build a schedule and never step it, as they would have been trained with it.
 *
 * @module
 */
import { variantOf } from "../../models/ablations/ablation.ts";
import type { Iteration } from "../../models/iteration.ts";

/** For each such entry the same with its schedule stepped, under a number of its own. */
export function steppedVariants(entries: readonly Iteration[]): Iteration[] {
  return entries.flatMap((entry) => {
    const schedule = entry.source?.unusedSchedule;
    return schedule === undefined ? [] : [
      variantOf(entry, {
        change: { training: { schedule } },
        number: entry.id,
        title: `${entry.title}, its schedule stepped`,
      }),
    ];
  });
}

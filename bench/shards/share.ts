/**
 * Parts of a plan that cost about the same, each trial in exactly one.
 *
 * The dearest trial goes to the part that has least so far, then the next: no part exceeds an equal share by more than
 * one trial. Which trial is in which part depends on the plan and the number of parts alone.
 * Source: Graham, "Bounds on multiprocessing timing anomalies" (1969).
 *
 * @module
 */
import type { Shard } from "../command_line/values.ts";
import type { PlannedTrial } from "./plan_file.ts";

/** For each trial the part that it is in, from 1. Takes time in proportion to trials × log of both counts. */
export function shareOut(trials: readonly PlannedTrial[], count: number): number[] {
  const order = trials.map((_, index) => index)
    .sort((a, b) => trials[b].multiplyAdds - trials[a].multiplyAdds || a - b);
  // A heap of parts by cost and number: the least is at its root.
  const costs = new Float64Array(count), heap = Int32Array.from({ length: count }, (_, part) => part);
  const isLess = (a: number, b: number) => costs[a] < costs[b] || (costs[a] === costs[b] && a < b);
  const shares = new Array<number>(trials.length);
  for (const index of order) {
    const part = heap[0];
    shares[index] = part + 1;
    costs[part] += trials[index].multiplyAdds;
    for (let at = 0;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      if (child + 1 < count && isLess(heap[child + 1], heap[child])) child++;
      if (!isLess(heap[child], heap[at])) break;
      [heap[at], heap[child]] = [heap[child], heap[at]];
      at = child;
    }
  }
  return shares;
}

/** The trials of one part, in the plan's order. */
export function trialsOfShard(
  trials: readonly PlannedTrial[],
  { index, count }: Shard,
): PlannedTrial[] {
  const shares = shareOut(trials, count);
  return trials.filter((_, at) => shares[at] === index);
}

/** What each part costs, in multiply-adds. */
export function shardCosts(trials: readonly PlannedTrial[], count: number): number[] {
  const costs = new Array<number>(count).fill(0);
  shareOut(trials, count).forEach((part, index) => costs[part - 1] += trials[index].multiplyAdds);
  return costs;
}

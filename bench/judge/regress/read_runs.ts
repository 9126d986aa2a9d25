/**
 * Reads the two runs that are to be compared, and refuses those that cannot say anything about each other.
 *
 * @module
 */
import { UsageError } from "../../command_line/errors.ts";
import type { RunRecord } from "../../run/run_folder.ts";

/** A run with its folder. */
export interface NamedRun {
  readonly path: string;
  readonly run: RunRecord;
}

/**
 * Whether two runs are of the same data and have an iteration in common.
 *
 * @throws {UsageError} If the two cannot say anything about each other.
 */
export function checkComparable(here: NamedRun, there: NamedRun): void {
  const refuse = (wanted: string, got: string, next: string) =>
    new UsageError(
      `Cannot compare "${here.path}" with "${there.path}": expected ${wanted}, got ${got}; ${next}`,
    );
  if (Deno.realPathSync(here.path) === Deno.realPathSync(there.path)) {
    throw refuse("two folders", "the same one", "name another run or --against");
  }
  const data = ({ run: { manifest: { dataset, validation } } }: NamedRun) => [
    ["data set", dataset.name],
    ["evaluated images", validation === undefined ? "the test set" : `those held out (${validation.digest})`],
    ["training images", String(dataset.trainImages)],
    ["test images", String(dataset.testImages)],
    ...Object.entries(dataset.digests).sort(([a], [b]) => a < b ? -1 : 1),
  ];
  const got = new Map(data(here).map(([what, value]) => [what, value]));
  for (const [what, wanted] of data(there)) {
    if (got.get(what) === wanted) continue;
    throw refuse(`the same ${what}, ${wanted}`, got.get(what) ?? "none", "train on the same data");
  }
  const ids = ({ run }: NamedRun) =>
    [...new Set(run.trials.map(({ iteration }) => iteration))].sort((a, b) => a - b);
  const wanted = ids(there);
  if (!ids(here).some((id) => wanted.includes(id))) {
    throw refuse(
      `trials of iterations that both have (${wanted.join(", ")})`,
      ids(here).join(", "),
      "train one of them",
    );
  }
}

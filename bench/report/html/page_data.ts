/**
 * What a report page is made from: everything is read before, so that making the page is a pure function.
 *
 * @module
 */
import type { ImageSet } from "../../../engine/engine.ts";
import type { ConfusionRow } from "../../run/rows.ts";
import type { RunRecord } from "../../run/run_folder.ts";
import type { Report } from "../report.ts";

export interface PageData {
  readonly report: Report;
  readonly record: RunRecord;
  /** Absent where neither the folder has it nor it could be counted. */
  readonly confusion?: readonly ConfusionRow[];
  /** Predicted digits by `trialKey`, of the completed trials whose file is there and is the one of their row. */
  readonly predictions: ReadonlyMap<string, Uint8Array>;
  /** The images that the trials were tested on; absent where they were not found. */
  readonly test?: ImageSet;
  /** What the reader calls the run: the name of its folder, or what the page says is shown. */
  readonly name?: string;
  /** Address of the page that reads drawings, where one lies beside this one. */
  readonly drawingPage?: string;
  /** What could not be read, a sentence each. */
  readonly problems: readonly string[];
}

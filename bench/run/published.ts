/**
 * The published results that other runs are judged by.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { UsageError } from "../command_line/errors.ts";
import { PUBLISHED, RECORDS } from "../command_line/needs.ts";
import { findRecords } from "./find_records.ts";
import { readResults } from "./results.ts";
import type { RunRecord } from "./run_record.ts";

/**
 * The reference and then the records beside it, without those that are not there or not whole: nothing is derived from
 * these.
 */
export function readPublished(reference: string = PUBLISHED): RunRecord[] {
  return [reference, ...findRecords(join(dirname(reference), basename(RECORDS)))].flatMap((folder) => {
    try {
      return [readResults(folder)];
    } catch (error) {
      if (error instanceof UsageError) return [];
      throw error;
    }
  });
}

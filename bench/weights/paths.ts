/**
 * Where the files of an export go.
 *
 * @module
 */
import { basename, dirname, extname, join } from "node:path";
import { type Format, type FormatName, FORMATS } from "../../export/formats.ts";

/** The name of an export's files without folder and ending. */
export const stemOf = (out: string): string => basename(out, extname(out));

/** The paths of a format's files whose first one is `out`, in the order in which they are written. */
export function exportPaths(format: FormatName, out: string): string[] {
  const { beside = [] }: Format = FORMATS[format];
  return [out, ...beside.map((extension) => join(dirname(out), stemOf(out) + extension))];
}

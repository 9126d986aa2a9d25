/**
 * Files that are made from the committed results: written, or held against what is there.
 *
 * @module
 */
import { dirname } from "node:path";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { quote, quoteApart } from "../command_line/quote.ts";
import { withPlainLineEnds } from "../run/csv.ts";
import { writeWhole } from "../run/whole_files.ts";

/** A file as it should be. */
export interface PublishedFile {
  readonly path: string;
  readonly text: string;
}

/** Says where files differ from what they should be; `command` would make them right. Returns the exit code. */
export function checkFiles(
  files: readonly PublishedFile[],
  { write, command }: { readonly write: (text: string) => void; readonly command: string },
): number {
  const different = files.flatMap(({ path, text }) => firstDifference(path, readPublished(path), text));
  different.forEach((line) => write(line));
  if (different.length > 0) {
    write(`${different.length} of ${files.length} files differ from the results; run \`${command}\``);
    return EXIT.failed;
  }
  write(`${files.length} files agree with the results`);
  return EXIT.ok;
}

/** Writes files that are not as they should be. Returns the exit code. */
export function updateFiles(files: readonly PublishedFile[], write: (text: string) => void): number {
  for (const { path, text } of files) {
    const published = readPublished(path), changed = published !== text;
    // A file that is there has its folder, which the task may not be allowed to make.
    if (published === undefined) Deno.mkdirSync(dirname(path), { recursive: true });
    if (changed) writeWhole(path, text);
    write(`${path}: ${changed ? "updated" : "unchanged"}`);
  }
  return EXIT.ok;
}

/** The text of a file, whatever its lines end in; undefined where there is none. */
export function readPublished(path: string): string | undefined {
  try {
    return withPlainLineEnds(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new UsageError(`Cannot read "${path}": expected a readable file, got "${reasonOf(error)}"`);
  }
}

function firstDifference(path: string, published: string | undefined, text: string): string[] {
  if (published === text) return [];
  if (published === undefined) return [`${path}: expected a file, got none`];
  const wanted = text.split("\n"), got = published.split("\n");
  const index = wanted.findIndex((line, at) => line !== got[at]);
  const line = index < 0 ? wanted.length : index;
  if (wanted[line] === undefined) {
    return [`${path} line ${line + 1}: expected no line, got ${quote(got[line])}`];
  }
  if (got[line] === undefined) {
    return [`${path} line ${line + 1}: expected ${quote(wanted[line])}, got no line`];
  }
  const shown = quoteApart(wanted[line], got[line]);
  return [`${path} line ${line + 1}: expected ${shown.wanted}, got ${shown.got}`];
}

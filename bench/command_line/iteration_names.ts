/**
 * How `--iterations` names what is meant: numbers, ranges, and files anywhere.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { IterationName } from "../../models/catalog.ts";
import { UsageError } from "./errors.ts";

const LARGEST_NUMBER = 9999;

/** Something that is meant as a file: it has a folder or an ending. */
const LOOKS_LIKE_FILE = /[/\\]|\.(ts|js|mjs|json)$/;

/** Folders of the files that are named: what such a file imports may lie beside it. */
export function iterationFolders(text: string | undefined): string[] {
  if (text === undefined) return [];
  return text.split(",").map((part) => part.trim()).filter((part) => LOOKS_LIKE_FILE.test(part)).map(dirname);
}

/** The same names with every path made another by `change`. */
export function withIterationPaths(text: string, change: (path: string) => string): string {
  return text.split(",").map((part) => LOOKS_LIKE_FILE.test(part.trim()) ? change(part.trim()) : part).join(
    ",",
  );
}

/**
 * Reads `5`, `1,3`, `1-5`, `./my_net.ts`, `net.json`, and lists of these between commas. Paths are relative to the
 * current folder.
 *
 * @throws {UsageError} If a part is neither; the message says what it could be, and calls the whole `what`.
 */
export function readIterationNames(text: string, what?: string): IterationName[];
export function readIterationNames(text: string | undefined, what?: string): IterationName[] | undefined;
export function readIterationNames(
  text: string | undefined,
  what = "--iterations",
): IterationName[] | undefined {
  return text?.split(",").flatMap((each): IterationName[] => {
    const part = each.trim(), ends = part.match(/^(\d+)(?:-(\d+))?$/);
    if (ends === null) {
      if (LOOKS_LIKE_FILE.test(part)) return [pathToFileURL(resolve(part))];
      throw refuse(part, what);
    }
    const first = Number(ends[1]), last = Number(ends[2] ?? ends[1]);
    if (first < 1 || last > LARGEST_NUMBER || last < first) throw refuse(part, what);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/**
 * Reads the one iteration that a text names, as `readIterationNames` does.
 *
 * @throws {UsageError} If it names several, or none.
 */
export function readIterationName(text: string, what: string): IterationName {
  const names = readIterationNames(text, what);
  if (names.length === 1) return names[0];
  throw new UsageError(
    `Cannot use ${what}: expected one such as "5" or "./my_net.ts", got "${text}", which are ${names.length}; name one`,
  );
}

function refuse(part: string, what: string): UsageError {
  return new UsageError(
    `Cannot use ${what}: expected numbers from 1 to ${LARGEST_NUMBER}, ranges or files such as "1,5", "1-3" or "./my_net.ts", got "${part}"`,
  );
}

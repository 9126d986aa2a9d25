/**
 * How `--iterations` names what is meant: numbers, ranges, and files anywhere.
 *
 * @module
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { IterationName } from "../../models/catalog.ts";
import { UsageError } from "./errors.ts";

const LARGEST_NUMBER = 9999;

/** Something that is meant as a file: it has a folder or an ending. */
const LOOKS_LIKE_FILE = /[/\\]|\.(ts|js|mjs|json)$/;

/**
 * Reads `5`, `1,3`, `1-5`, `./my_net.ts`, `net.json`, and lists of these between commas. Paths are relative to the
 * current folder.
 *
 * @throws {UsageError} If a part is neither; the message says what it could be.
 */
export function readIterationNames(text: string): IterationName[] {
  return text.split(",").flatMap((each): IterationName[] => {
    const part = each.trim(), ends = part.match(/^(\d+)(?:-(\d+))?$/);
    if (ends === null) {
      if (LOOKS_LIKE_FILE.test(part)) return [pathToFileURL(resolve(part))];
      throw refuse(part);
    }
    const first = Number(ends[1]), last = Number(ends[2] ?? ends[1]);
    if (first < 1 || last > LARGEST_NUMBER || last < first) throw refuse(part);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

function refuse(part: string): UsageError {
  return new UsageError(
    `Cannot use --iterations: expected numbers from 1 to ${LARGEST_NUMBER}, ranges or files such as "1,5", "1-3" or "./my_net.ts", got "${part}"`,
  );
}

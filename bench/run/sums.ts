/**
 * `SHA256SUMS` of published results: what every file of them is, so that an edit of any number is noticed.
 *
 * It is what `sha256sum -c SHA256SUMS` reads. Lines end in LF for this, whatever a checkout makes of them. Plots and
 * pages are not in it: they are drawn from these files, and held against them.
 *
 * @module
 */
import { join } from "node:path";
import { sha256Hex } from "../../engine/digest.ts";
import { UsageError } from "../command_line/errors.ts";
import { quote } from "../command_line/quote.ts";
import { withPlainLineEnds } from "./csv.ts";
import { readBytesIfThere, readIfThere } from "./whole_files.ts";

/** The file with the digests. */
export const SUMS = "SHA256SUMS";

const TEXT = /\.(csv|json|md)$/;
const FOLDERS = ["predictions", "weights"];

/** A digest for each file of a results folder, with `derived` texts as they are to be; the same for the same results. */
export function formatSums(folder: string, derived: Readonly<Record<string, string>> = {}): string {
  const files = [...new Set([...filesOf(folder), ...Object.keys(derived)])].sort();
  return files.map((file) => `${digestOf(folder, file, derived[file])}  ${file}\n`).join("");
}

/** What of a folder is not as its `SHA256SUMS` says, one line each; nothing where it has no such file. */
export function checkSums(folder: string): string[] {
  const text = readIfThere(join(folder, SUMS));
  if (text === undefined) return [];
  const recorded = parseSums(text, join(folder, SUMS));
  const problems = [...recorded].flatMap(([file, wanted]) => {
    const got = digestOf(folder, file);
    return got === wanted ? [] : [`${SUMS} has ${wanted} for ${file}, got ${got ?? "no such file"}`];
  });
  const strangers = filesOf(folder).filter((file) => !recorded.has(file));
  return [...problems, ...strangers.map((file) => `${SUMS} has no line for ${file}`)];
}

/** Takes the digests away from a folder that is about to change: they would say something else. */
export function unseal(folder: string): void {
  try {
    Deno.removeSync(join(folder, SUMS));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function parseSums(text: string, name: string): Map<string, string> {
  const lines = withPlainLineEnds(text).trimEnd().split("\n");
  return new Map(lines.map((line, index) => {
    // Names of this folder and those below it alone: a line must not make anyone read another file.
    const parts = line.match(/^([0-9a-f]{64}) [ *]((?:predictions\/|weights\/)?[\w-]+(?:\.\w+)?)$/);
    if (parts === null) {
      throw new UsageError(
        `Cannot read "${name}" line ${index + 1}: expected a SHA-256 and a file of the folder, got ${
          quote(line)
        }; run \`deno task tables\``,
      );
    }
    return [parts[2], parts[1]];
  }));
}

function digestOf(folder: string, file: string, derived?: string): string | undefined {
  const bytes = derived === undefined ? readBytesIfThere(folder, file) : new TextEncoder().encode(derived);
  if (bytes === undefined) return undefined;
  if (!TEXT.test(file)) return sha256Hex(bytes);
  // TextDecoder takes a byte-order mark away itself
  return sha256Hex(new TextEncoder().encode(withPlainLineEnds(new TextDecoder().decode(bytes))));
}

function filesOf(folder: string): string[] {
  const namesIn = (path: string) => {
    try {
      return [...Deno.readDirSync(path)].filter(({ isDirectory }) => !isDirectory).map(({ name }) => name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  };
  return [
    ...namesIn(folder).filter((name) => TEXT.test(name)),
    ...FOLDERS.flatMap((below) => namesIn(join(folder, below)).map((name) => `${below}/${name}`)),
  ].sort();
}

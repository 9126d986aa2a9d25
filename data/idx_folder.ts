/**
 * A data set of anybody's own: a folder with four IDX files under MNIST's names, named by what they hold.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { parseIdxHeader } from "./idx.ts";
import { gunzipLimited, isGzip } from "./gzip.ts";
import { type FileKey, spellings } from "./mnist.ts";
import { toDataset } from "./mnist_like.ts";
import { DataError, type Dataset, IDX_FILES, reasonOf } from "./types.ts";

/** A million images and more. */
const MOST_BYTES = 1 << 30;
/** Magic and three dimensions. */
const MOST_HEADER_BYTES = 16;
const NAME_DIGITS = 12;

/** What a data set of this form is called: `idx-` and the beginning of a digest over its files' digests. */
export const IDX_NAME = /^idx-[0-9a-f]{12}$/;

/**
 * Reads the four files of a folder, gzipped or not.
 *
 * The name is `idx-` with the first 12 digits of SHA-256 over the four files' digests, in the order of `IDX_FILES`: the
 * same images have the same name wherever they lie, and others another.
 *
 * @throws {DataError} If a file is missing, unreadable or no IDX file of 28×28 images or of labels from 0 to 9.
 */
export async function loadIdxFolder(dir: string): Promise<Dataset> {
  const folder = resolve(dir), files = {} as Record<FileKey, Uint8Array>;
  try {
    if (!(await Deno.stat(folder)).isDirectory) throw new Error("a file");
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound ? "nothing of that name" : reasonOf(error);
    throw new DataError(
      `Cannot use --dataset "${dir}": expected a folder with four IDX files, got ${found}; name one, or a data set`,
    );
  }
  for (const key of Object.keys(IDX_FILES) as FileKey[]) files[key] = await readFile(folder, dir, key);
  return toDataset(
    (digests) => {
      const all = Object.values(IDX_FILES).map((file) => digests[file]).join("");
      return `idx-${createHash("sha256").update(all).digest("hex").slice(0, NAME_DIGITS)}`;
    },
    files,
    folder,
  );
}

/** How much there is to decompress by the IDX header inside, so that no more memory is taken; else enough to say what is wrong. */
async function decompressedBytes(gzip: Uint8Array): Promise<number> {
  const { bytes } = await gunzipLimited(gzip, MOST_HEADER_BYTES);
  const dimensions = parseIdxHeader(bytes) ?? [];
  const values = dimensions.reduce((product, size) => product * size, 1);
  return Math.min(MOST_BYTES, 4 + 4 * dimensions.length + values);
}

async function readFile(folder: string, dir: string, key: FileKey): Promise<Uint8Array> {
  const names = spellings(key);
  for (const name of names.flatMap((each) => [each, `${each}.gz`])) {
    const path = join(folder, name);
    let bytes: Uint8Array;
    try {
      bytes = await Deno.readFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw new DataError(
        `Cannot read "${path}": expected a readable file, got "${reasonOf(error)}"; make it readable`,
      );
    }
    if (!isGzip(bytes)) return bytes;
    const { bytes: raw, problem } = await gunzipLimited(bytes, await decompressedBytes(bytes));
    if (problem === undefined) return raw;
    throw new DataError(
      `Cannot use "${path}": expected a whole gzip file, got ${raw.length} decompressed bytes and then ${problem}; put the whole file there`,
    );
  }
  throw new DataError(
    `Cannot use --dataset "${dir}": expected a file "${
      names[0]
    }" in it, with or without ".gz", got none; put four IDX files there`,
  );
}

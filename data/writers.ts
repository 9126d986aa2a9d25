/**
 * Who wrote each image of MNIST: found on this machine or downloaded, and never used before its bytes are verified.
 *
 * The images of one writer are not independent of each other, so writers are what an error of new digits is counted
 * in. QMNIST traced every image of MNIST back to NIST's Special Databases 1 and 3, and with that to its writer.
 *
 * Source: Yadav and Bottou, "Cold Case: The Lost MNIST Digits" (2019), arXiv:1905.10498; the labels of
 * github.com/facebookresearch/qmnist, under a BSD licence, see NOTICE.md.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { DownloadError, downloadFile } from "./download.ts";
import { gunzipLimited, isGzip } from "./gzip.ts";
import { searchRoots } from "./mnist.ts";
import { DataError, type DownloadProgress, reasonOf } from "./types.ts";

/** Of each image, in MNIST's order. */
export interface ImageWriters {
  /** The writer's number in NIST's databases; none wrote for both training and test set. */
  readonly writer: Uint16Array;
  /** The HSF series that the image is from: 0 and 1 by employees of the Census Bureau, 4 by high-school students. */
  readonly series: Uint8Array;
  /** The digit, which is MNIST's label. */
  readonly label: Uint8Array;
}

/** The writers of MNIST's 60,000 training and 10,000 test images. */
export interface MnistWriters {
  readonly train: ImageWriters;
  readonly test: ImageWriters;
  /** The folder that they were read from. */
  readonly source: string;
  /** File name (without `.gz`) to SHA-256, in hex, of its decompressed bytes. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Where to look, whether to download, and whom to tell that it was in vain. */
export interface WriterOptions {
  /** The value of `--data`, else of `$MNIST_DIR`: looked at first, and in its folder "qmnist". Empty is unset. */
  readonly dir?: string;
  /** Whether to download what is not found (default false). */
  readonly mayDownload?: boolean;
  /** Told in words for people why the writers are not known: what follows "the writers of MNIST's images are not known: ". */
  readonly onAbsent: (reason: string) => void;
  readonly onProgress?: DownloadProgress;
  readonly signal?: AbortSignal;
  /** Instead of the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Folders that the default places are relative to, as in `MnistOptions`. */
  readonly roots?: readonly string[];
}

/** A file of labels: its decompressed bytes, and how many of its rows are MNIST's images. */
interface WriterFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly images: number;
}

/** The two files; QMNIST's test labels go on with 50,000 images that MNIST does not have. */
export const WRITER_FILES = {
  train: {
    name: "qmnist-train-labels.tsv",
    bytes: 1_477_471,
    sha256: "d12becc9bddd68fc45d52ddaa7868aa49dc4c7080d65b51ce6cf12ecdfbabd5c",
    images: 60_000,
  },
  test: {
    name: "qmnist-test-labels.tsv",
    bytes: 1_501_745,
    sha256: "eb655936ef35473cf5b3df22bcb474433a6211ecdffd3ff670651f3167bdf6b6",
    images: 10_000,
  },
} as const satisfies Record<string, WriterFile>;

/** Where the two files are downloaded from, gzipped. */
export const WRITER_MIRRORS: readonly string[] = [
  "https://raw.githubusercontent.com/facebookresearch/qmnist/master/",
];

/** Where downloads go, from the first root. */
export const WRITER_CACHE_FOLDER = "data/cache/qmnist";

/** In the order of the search; `../shared` serves several checkouts with one copy. */
const DEFAULT_PLACES = [WRITER_CACHE_FOLDER, "../shared/qmnist"];
/** What gzip may add to a file's own bytes. */
const GZIP_OVERHEAD_BYTES = 1 << 16;
/** The writers are not worth a long wait: without them a run goes on. */
const DOWNLOAD_PATIENCE = { attempts: 2, answerMs: 15_000 };

/**
 * Returns the writers of MNIST's images, or null, after `onAbsent` was told, where their two files are neither found
 * nor downloaded.
 *
 * Places: `dir` and its folder "qmnist" where it is given, then the cache and `../shared/qmnist`. A file may be
 * gzipped or not, whatever its name says. Only a download writes, and only into the cache.
 *
 * @throws {DataError} If a file is found that is not the right one: what is wrong is no reason to go on without.
 * @throws {DOMException} `AbortError` when `signal` aborts.
 */
export async function loadWriters(options: WriterOptions): Promise<MnistWriters | null> {
  options.signal?.throwIfAborted();
  const folder = await findFolder(options) ?? await download(options);
  if (folder === undefined) return null;
  const [train, test] = await Promise.all([WRITER_FILES.train, WRITER_FILES.test].map(async (file) => {
    const path = await findFile(folder, file);
    if (path === undefined) {
      throw new DataError(`Cannot read "${join(folder, file.name)}": expected a file, got none; run again`);
    }
    return parseWriters(file, await readVerified(file, path));
  }));
  const digests = Object.fromEntries(Object.values(WRITER_FILES).map(({ name, sha256 }) => [name, sha256]));
  return { train, test, source: folder, digests };
}

/** The first folder that holds both files. */
async function findFolder(options: WriterOptions): Promise<string | undefined> {
  for (const folder of places(options)) {
    const files = await Promise.all(Object.values(WRITER_FILES).map((file) => findFile(folder, file)));
    if (files.every((path) => path !== undefined)) return folder;
  }
}

function places({ dir, roots }: WriterOptions): string[] {
  const given = dir ? [resolve(dir), resolve(dir, "qmnist")] : [];
  const all = DEFAULT_PLACES.flatMap((place) => searchRoots(roots).map((root) => resolve(root, place)));
  return [...new Set([...given, ...all])];
}

async function findFile(folder: string, { name }: WriterFile): Promise<string | undefined> {
  for (const path of [join(folder, name), join(folder, `${name}.gz`)]) {
    try {
      if ((await Deno.stat(path)).isFile) return path;
    } catch {
      // a place that is not there or may not be looked at holds no file
    }
  }
}

/** Downloads both files and returns their folder; undefined, after `onAbsent`, where that is not allowed or fails. */
async function download(options: WriterOptions): Promise<string | undefined> {
  const { mayDownload = false, onAbsent, onProgress, signal } = options;
  const looked = `"${WRITER_FILES.train.name}.gz" and "${WRITER_FILES.test.name}.gz" are in none of ${
    places(options).map((place) => `"${place}"`).join(", ")
  }`;
  if (!mayDownload) {
    onAbsent(looked);
    return undefined;
  }
  const folder = resolve(searchRoots(options.roots)[0], WRITER_CACHE_FOLDER);
  for (const file of Object.values(WRITER_FILES)) {
    if (await findFile(folder, file) !== undefined) continue;
    try {
      await downloadFile(`${file.name}.gz`, {
        mirrors: WRITER_MIRRORS,
        folder,
        maxBytes: file.bytes,
        verify: async (gzip) => void await decode(file, gzip),
        onProgress,
        signal,
        fetch: options.fetch,
        ...DOWNLOAD_PATIENCE,
      });
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      onAbsent(`${looked}, and the download gave ${error.reasons.join(" and ")}`);
      return undefined;
    }
  }
  return folder;
}

async function readVerified(file: WriterFile, path: string): Promise<Uint8Array> {
  const remedy = "put QMNIST's own file there, or remove it to go on without";
  let content: Uint8Array;
  try {
    const { size } = await Deno.stat(path);
    if (size > file.bytes + GZIP_OVERHEAD_BYTES) {
      throw new DataError(
        `Cannot use "${path}": expected at most ${file.bytes} bytes, got ${size}; ${remedy}`,
      );
    }
    content = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(
      `Cannot read "${path}": expected a readable file, got "${
        reasonOf(error)
      }"; make it readable, or remove it`,
    );
  }
  try {
    return await decode(file, content);
  } catch (error) {
    if (!(error instanceof WrongBytes)) throw error;
    throw new DataError(
      `Cannot use "${path}": expected QMNIST's ${file.name}, got ${error.message}; ${remedy}`,
    );
  }
}

/** These bytes are not those of the file that they should be; the message says what they are. */
class WrongBytes extends Error {}

/**
 * The bytes of one file, gzipped or not, once they are right.
 *
 * @throws {WrongBytes}
 */
async function decode(file: WriterFile, content: Uint8Array): Promise<Uint8Array> {
  let raw = content;
  if (isGzip(content)) {
    const { bytes, problem } = await gunzipLimited(content, file.bytes);
    if (problem === "more") throw new WrongBytes(`more than ${file.bytes} decompressed bytes`);
    if (problem !== undefined) throw new WrongBytes(`${bytes.length} decompressed bytes and then ${problem}`);
    raw = bytes;
  }
  const sha256 = createHash("sha256").update(raw).digest("hex");
  if (sha256 !== file.sha256) {
    throw new WrongBytes(`${raw.length} bytes of SHA-256 ${sha256} instead of ${file.sha256}`);
  }
  return raw;
}

/** Tab-separated rows without a header: label, series, writer, and what nothing here needs. */
function parseWriters({ name, images }: WriterFile, bytes: Uint8Array): ImageWriters {
  const rows = new TextDecoder().decode(bytes).split("\n", images);
  const label = new Uint8Array(images), series = new Uint8Array(images), writer = new Uint16Array(images);
  rows.forEach((row, image) => {
    const fields = row.split("\t", 3).map(Number);
    [label[image], series[image], writer[image]] = fields;
    // the digest was right, so only a mistake of this program's leads here
    if (fields.length !== 3 || writer[image] !== fields[2]) {
      throw new Error(`${name}: row ${image + 1} is "${row}"`);
    }
  });
  return { writer, series, label };
}

/**
 * MNIST: found on this machine or downloaded, and never used before its bytes are verified.
 *
 * Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits" (1998).
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { constants, gunzip, gunzipSync } from "node:zlib";
import { DownloadError, downloadFile } from "./download.ts";
import { parseIdx, parseIdxImages, parseIdxLabels } from "./idx.ts";
import { DataError, type Dataset, type DownloadProgress, IDX_FILES, reasonOf } from "./types.ts";

/** One of the four files. */
export type FileKey = keyof typeof IDX_FILES;

/** Where downloads go, relative to the project's folder. */
export const CACHE_FOLDER = "data/cache/mnist";

/** Public copies of the four files, gzipped. */
export const MNIST_MIRRORS: readonly string[] = [
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
];

/** Length and SHA-256 of each file's decompressed bytes. */
export const MNIST_FILES: Readonly<Record<FileKey, { readonly bytes: number; readonly sha256: string }>> = {
  trainImages: {
    bytes: 47_040_016,
    sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  },
  trainLabels: {
    bytes: 60_008,
    sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  },
  testImages: {
    bytes: 7_840_016,
    sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  },
  testLabels: {
    bytes: 10_008,
    sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
  },
};

/** Where to look, and how to download. */
export interface MnistOptions {
  /** The value of `--data`: then only this folder counts. */
  readonly dir?: string;
  /** The value of `$MNIST_DIR`: then, without `dir`, only this folder counts. Empty is unset. */
  readonly mnistDirEnv?: string;
  readonly onProgress?: DownloadProgress;
  readonly signal?: AbortSignal;
  /** Instead of the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Folders that the default places are relative to; downloads go to the first (default: project, working folder). */
  readonly roots?: readonly string[];
}

/** A folder that holds all four files, gzipped or not. */
export interface MnistPlace {
  readonly folder: string;
  readonly paths: Readonly<Record<FileKey, string>>;
}

const FILE_KEYS = Object.keys(IDX_FILES) as FileKey[];
const TORCHVISION_FOLDER = "MNIST/raw";
/** In the order of the search; `../shared` serves several checkouts with one copy. */
const DEFAULT_PLACES = [CACHE_FOLDER, "../shared/mnist", `data/${TORCHVISION_FOLDER}`];

const gunzipAsync = promisify(gunzip);

/**
 * Returns MNIST from the first place that holds all four files, gzipped or not, or downloads them.
 *
 * Places: `dir` alone if given, else `mnistDirEnv` alone if set, else the cache, `../shared/mnist` and torchvision's
 * folder. Every file's length and SHA-256 are checked; a wrong file is an error, not a reason to look further.
 * Only a download writes, and only into the cache.
 *
 * @throws {DataError} If a file is missing, unreadable or wrong, or cannot be downloaded.
 * @throws {DOMException} `AbortError` when `signal` aborts.
 */
export async function loadMnist(options: MnistOptions = {}): Promise<Dataset> {
  const { signal } = options;
  signal?.throwIfAborted();
  const { folder, paths } = await findMnist(options) ?? await download(options);
  const loading = FILE_KEYS.map((key) => readVerified(key, paths[key], signal));
  const settled = await Promise.allSettled(loading);
  signal?.throwIfAborted();
  // The first in file order, so that the same broken folder always gives the same message.
  const failed = settled.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all(loading);
  return {
    name: "mnist",
    train: { images: trainImages, labels: trainLabels },
    test: { images: testImages, labels: testLabels },
    digests: Object.fromEntries(FILE_KEYS.map((key) => [IDX_FILES[key], MNIST_FILES[key].sha256])),
    source: folder,
  };
}

/**
 * Returns the first place that holds all four files, or undefined where only a download can help.
 *
 * It looks at names alone; `loadMnist` verifies.
 * @throws {DataError} If `dir` or `mnistDirEnv` is set and a file is missing there.
 */
export async function findMnist(options: MnistOptions = {}): Promise<MnistPlace | undefined> {
  return await findGivenFolder(options) ?? await findDefaultPlace(options);
}

async function findGivenFolder(options: MnistOptions): Promise<MnistPlace | undefined> {
  const given = options.dir ?? (options.mnistDirEnv || undefined);
  if (given === undefined) return undefined;
  const option = options.dir === undefined ? "MNIST_DIR" : "--data";
  const folder = resolve(given);
  const start = `Cannot load MNIST from "${given}" (${option}):`;
  const remedy = `put the four files there, or leave out ${option} to have them found or downloaded`;
  let isFolder: boolean;
  try {
    isFolder = (await Deno.stat(folder)).isDirectory;
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound ? "nothing of that name" : `"${reasonOf(error)}"`;
    throw new DataError(`${start} expected a folder, got ${found}; ${remedy}`);
  }
  if (!isFolder) throw new DataError(`${start} expected a folder, got a file; ${remedy}`);
  const direct = await findIn(folder);
  if (direct.paths !== undefined) return { folder, paths: direct.paths };
  const nested = await findIn(join(folder, TORCHVISION_FOLDER));
  if (nested.paths !== undefined) return { folder: join(folder, TORCHVISION_FOLDER), paths: nested.paths };
  const name = IDX_FILES[direct.missing[0]];
  throw new DataError(`${start} expected a file "${name}" or "${name}.gz", got none; ${remedy}`);
}

async function findDefaultPlace(options: MnistOptions): Promise<MnistPlace | undefined> {
  for (const folder of defaultPlaces(options)) {
    const { paths } = await findIn(folder);
    if (paths !== undefined) return { folder, paths };
  }
}

function defaultPlaces(options: MnistOptions): string[] {
  const roots = rootsOf(options);
  const places = DEFAULT_PLACES.flatMap((place) => roots.map((root) => resolve(root, place)));
  return [...new Set(places)];
}

function rootsOf(options: MnistOptions): readonly string[] {
  if (options.roots !== undefined) return options.roots;
  const project = new URL("../", import.meta.url);
  return project.protocol === "file:" ? [fileURLToPath(project), Deno.cwd()] : [Deno.cwd()];
}

/** Either the `paths` of all four files or, where that is not all of them, the `missing` ones. */
async function findIn(folder: string): Promise<
  | { readonly paths: MnistPlace["paths"]; readonly missing: [] }
  | { readonly paths?: undefined; readonly missing: FileKey[] }
> {
  const paths: Partial<Record<FileKey, string>> = {};
  for (const key of FILE_KEYS) {
    const plain = join(folder, IDX_FILES[key]);
    paths[key] = await isFile(plain) ? plain : await isFile(`${plain}.gz`) ? `${plain}.gz` : undefined;
  }
  const missing = FILE_KEYS.filter((key) => paths[key] === undefined);
  return missing.length === 0 ? { paths: paths as MnistPlace["paths"], missing: [] } : { missing };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false; // a place that is not there or may not be looked at holds no file
  }
}

/** Downloads what the cache lacks; what lies there already is kept and, like all files, verified when it is read. */
async function download(options: MnistOptions): Promise<MnistPlace> {
  const { onProgress, signal } = options;
  const folder = resolve(rootsOf(options)[0], CACHE_FOLDER);
  for (const key of (await findIn(folder)).missing) {
    const file = `${IDX_FILES[key]}.gz`;
    try {
      await downloadFile(file, {
        mirrors: MNIST_MIRRORS,
        folder,
        maxBytes: MNIST_FILES[key].bytes,
        verify: async (gzip) => void await decode(key, file, gzip),
        onProgress,
        signal,
        fetch: options.fetch,
      });
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      const places = defaultPlaces(options).map((place) => `"${place}"`).join(", ");
      const found = error.reasons.join(" and ");
      throw new DataError(
        `Cannot load MNIST: expected its four files in ${places} or from a mirror, got ${found} for "${file}"; ` +
          "set MNIST_DIR or pass --data with a folder that holds them, or use --dataset synthetic",
      );
    }
  }
  const { paths } = await findIn(folder);
  if (paths === undefined) {
    throw new DataError(`Cannot load MNIST: expected four files in "${folder}", got fewer; run again`);
  }
  return { folder, paths };
}

async function readVerified(key: FileKey, path: string, signal?: AbortSignal): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    const found = reasonOf(error);
    throw new DataError(
      `Cannot read "${path}": expected a readable file, got "${found}"; delete or replace this file`,
    );
  }
  return await decode(key, path, bytes);
}

/**
 * Returns the values of one file (a name in `.gz` is decompressed) once header, length and digest are right.
 *
 * The digest comes after header and length: what is wrong there tells a person more.
 */
async function decode(key: FileKey, file: string, bytes: Uint8Array): Promise<Uint8Array> {
  const expected = MNIST_FILES[key];
  const raw = file.endsWith(".gz") ? await decompress(file, bytes, expected.bytes) : bytes;
  const isImages = key === "trainImages" || key === "testImages";
  if (raw.length > 0) parseIdx(file, raw, { rank: isImages ? 3 : 1 });
  if (raw.length !== expected.bytes) {
    const found = raw.length === 0 ? "an empty file" : raw.length;
    throw new DataError(
      `Cannot read "${file}": expected ${expected.bytes} bytes, got ${found}; delete or replace this file`,
    );
  }
  const sha256 = createHash("sha256").update(raw).digest("hex");
  if (sha256 !== expected.sha256) {
    throw new DataError(
      `Cannot use "${file}": expected SHA-256 ${expected.sha256}, got ${sha256}; delete or replace this file`,
    );
  }
  return isImages ? parseIdxImages(file, raw) : parseIdxLabels(file, raw);
}

async function decompress(file: string, gzip: Uint8Array, rawBytes: number): Promise<Uint8Array> {
  if (gzip[0] !== 0x1f || gzip[1] !== 0x8b) {
    const found = gzip.length === 0
      ? "an empty file"
      : `0x${[...gzip.subarray(0, 2)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    const remedy = gzip[0] === 0 && gzip[1] === 0
      ? 'it looks decompressed already: remove ".gz" from its name'
      : "delete or replace this file";
    throw new DataError(`Cannot read "${file}": expected gzip magic 0x1f8b, got ${found}; ${remedy}`);
  }
  try {
    // One piece of the right size saves copying; the limit keeps a hostile file from filling the memory.
    return await gunzipAsync(gzip, { chunkSize: rawBytes, maxOutputLength: rawBytes });
  } catch (error) {
    const found = failureOf(error, gzip, rawBytes);
    throw new DataError(
      `Cannot read "${file}": expected ${rawBytes} decompressed bytes, got ${found}; delete or replace this file`,
    );
  }
}

function failureOf(error: unknown, gzip: Uint8Array, rawBytes: number): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_BUFFER_TOO_LARGE") return "more";
  if (code === "Z_BUF_ERROR") {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: rawBytes };
    return `${gunzipSync(gzip, options).length} before the file ends`;
  }
  return `"${reasonOf(error)}"`;
}

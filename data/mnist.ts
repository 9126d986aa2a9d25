/**
 * MNIST: found on this machine or downloaded, and never used before its bytes are verified.
 *
 * Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits" (1998). Licence: Creative Commons
 * Attribution-Share Alike 3.0 as Keras' documentation states it, see NOTICE.md.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DownloadError, downloadFile } from "./download.ts";
import { gunzipLimited, isGzip } from "./gzip.ts";
import { IMAGE_PIXELS, IMAGE_SIZE, parseIdxHeader, parseIdxImages, parseIdxLabels } from "./idx.ts";
import { isInstalled } from "./installed.ts";
import { DataError, type Dataset, type DownloadProgress, IDX_FILES, reasonOf } from "./types.ts";

/** One of the four files. */
export type FileKey = keyof typeof IDX_FILES;

/** Where downloads go: in the project's folder, or, where npm installed the project, in the working folder. */
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
  /**
   * Folders that the default places are relative to; downloads go to the first (default: project, working folder; the
   * other way round where npm installed the project).
   */
  readonly roots?: readonly string[];
}

/** A folder that holds all four files. */
export interface MnistPlace {
  readonly folder: string;
  /** For each file the paths that carry one of its names, in the order in which they are tried. */
  readonly paths: Readonly<Record<FileKey, readonly string[]>>;
  /** What a person can do where a file of this place is not MNIST's. */
  readonly remedy: string;
}

const FILE_KEYS = Object.keys(IDX_FILES) as FileKey[];
const TORCHVISION_FOLDER = "MNIST/raw";
/** In the order of the search; `../shared` serves several checkouts with one copy. */
const DEFAULT_PLACES = [CACHE_FOLDER, "../shared/mnist", `data/${TORCHVISION_FOLDER}`];
/** Below a folder that a person names: the folder itself, torchvision's dataset folder, torchvision's root. */
const GIVEN_PLACES = ["", "raw", TORCHVISION_FOLDER];
/** What gzip may add to a file's own bytes: its header with a name and a comment, and 5 bytes for each block. */
const GZIP_OVERHEAD_BYTES = 1 << 16;

/**
 * Returns MNIST from the first place that holds all four files, or downloads them.
 *
 * Places: `dir` alone if given, else `mnistDirEnv` alone if set, else the cache, `../shared/mnist` and torchvision's
 * folder. A file may be gzipped or not, whatever its name says, and be spelled `train-images-idx3-ubyte` or
 * `train-images.idx3-ubyte`: its length and SHA-256 decide. Where two files bear one's names, the first with the right
 * bytes is taken; where none has them, that is an error, not a reason to look further.
 * Only a download writes, and only into the cache.
 *
 * @throws {DataError} If a file is missing, unreadable or wrong, or cannot be downloaded.
 * @throws {DOMException} `AbortError` when `signal` aborts.
 */
export async function loadMnist(options: MnistOptions = {}): Promise<Dataset> {
  const { signal } = options;
  signal?.throwIfAborted();
  const place = await findMnist(options) ?? await download(options);
  const loading = FILE_KEYS.map((key) => readFirstRight(key, place, signal));
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
    source: place.folder,
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
  const otherwise = `leave out ${option} to have them found or downloaded`;
  const remedy = `put the four files there, or ${otherwise}`;
  let isFolder: boolean;
  try {
    isFolder = (await Deno.stat(folder)).isDirectory;
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound ? "nothing of that name" : `"${reasonOf(error)}"`;
    throw new DataError(`${start} expected a folder, got ${found}; ${remedy}`);
  }
  if (!isFolder) throw new DataError(`${start} expected a folder, got a file; ${remedy}`);
  const places = await Promise.all(GIVEN_PLACES.map((place) => findIn(resolve(folder, place))));
  const whole = places.find(({ missing }) => missing.length === 0);
  if (whole !== undefined) {
    return { ...whole, remedy: `put MNIST's own file there, or ${otherwise.replace("them", "the files")}` };
  }
  const fullest = places.reduce((best, place) => place.missing.length < best.missing.length ? place : best);
  const [plain, dotted] = spellings(fullest.missing[0]);
  const within = fullest.folder === folder ? "" : ` in "${fullest.folder}"`;
  throw new DataError(
    `${start} expected a file "${plain}" or "${dotted}", with or without ".gz",${within} got none; ${remedy}`,
  );
}

async function findDefaultPlace(options: MnistOptions): Promise<MnistPlace | undefined> {
  const cache = resolve(searchRoots(options.roots)[0], CACHE_FOLDER);
  for (const folder of defaultPlaces(options)) {
    const { paths, missing } = await findIn(folder);
    if (missing.length > 0) continue;
    return { folder, paths, remedy: folder === cache ? CACHE_REMEDY : SHARED_REMEDY };
  }
}

/** Only the cache that downloads go to is the project's own: nobody is told to delete a file from anywhere else. */
const CACHE_REMEDY = "delete this file, and the next run downloads it again";
const SHARED_REMEDY = "put MNIST's own file there, or pass --data with another folder";

function defaultPlaces(options: MnistOptions): string[] {
  const roots = searchRoots(options.roots);
  const places = DEFAULT_PLACES.flatMap((place) => roots.map((root) => resolve(root, place)));
  return [...new Set(places)];
}

/** The folders that default places are relative to: those given, else project and working folder. */
export function searchRoots(given?: readonly string[]): readonly string[] {
  if (given !== undefined) return given;
  const url = new URL("../", import.meta.url);
  if (url.protocol !== "file:") return [Deno.cwd()];
  const project = fileURLToPath(url);
  return isInstalled(project) ? [Deno.cwd(), project] : [project, Deno.cwd()];
}

/** The name that torchvision uses, and the one inside the official archives and on Kaggle. */
export function spellings(key: FileKey): [dashed: string, dotted: string] {
  const dashed = IDX_FILES[key];
  return [dashed, dashed.replace("-idx", ".idx")];
}

/** Which files bear one of the names, and of which file there is none. */
async function findIn(
  folder: string,
): Promise<{ readonly folder: string; readonly paths: MnistPlace["paths"]; readonly missing: FileKey[] }> {
  const paths = {} as Record<FileKey, string[]>;
  for (const key of FILE_KEYS) {
    paths[key] = [];
    for (const name of spellings(key)) {
      for (const path of [join(folder, name), join(folder, `${name}.gz`)]) {
        if (await isFile(path)) paths[key].push(path);
      }
    }
  }
  return { folder, paths, missing: FILE_KEYS.filter((key) => paths[key].length === 0) };
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
  const folder = resolve(searchRoots(options.roots)[0], CACHE_FOLDER);
  for (const key of (await findIn(folder)).missing) {
    const file = `${IDX_FILES[key]}.gz`;
    try {
      await downloadFile(file, {
        mirrors: MNIST_MIRRORS,
        folder,
        maxBytes: MNIST_FILES[key].bytes,
        verify: async (gzip) => void await decode(key, gzip, gzip.length),
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
  const { paths, missing } = await findIn(folder);
  if (missing.length > 0) {
    throw new DataError(`Cannot load MNIST: expected four files in "${folder}", got fewer; run again`);
  }
  return { folder, paths, remedy: CACHE_REMEDY };
}

/** The values of the first of the file's paths that has its bytes; where none has, the error is that of the first. */
async function readFirstRight(key: FileKey, place: MnistPlace, signal?: AbortSignal): Promise<Uint8Array> {
  let first: unknown;
  for (const path of place.paths[key]) {
    try {
      return await readVerified(key, path, { remedy: place.remedy, signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof DataError)) throw error;
      first ??= error;
    }
  }
  throw first;
}

async function readVerified(
  key: FileKey,
  path: string,
  { remedy, signal }: { readonly remedy: string; readonly signal?: AbortSignal },
): Promise<Uint8Array> {
  let start: Uint8Array, fileBytes: number;
  try {
    ({ start, fileBytes } = await readStart(path, mostBytes(key), signal));
  } catch (error) {
    signal?.throwIfAborted();
    throw new DataError(
      `Cannot read "${path}": expected a readable file, got "${reasonOf(error)}"; ` +
        remedy.replace(CACHE_REMEDY, "make it readable"),
    );
  }
  try {
    return await decode(key, start, fileBytes);
  } catch (error) {
    if (!(error instanceof WrongBytes)) throw error;
    throw new DataError(
      `Cannot use "${path}": expected MNIST's ${IDX_FILES[key]}, got ${error.message}; ${
        error.remedy ?? remedy
      }`,
    );
  }
}

/** Longer than any gzip file of the right bytes is without what follows its end, which gzip(1) ignores as well. */
function mostBytes(key: FileKey): number {
  return MNIST_FILES[key].bytes + (MNIST_FILES[key].bytes >> 10) + GZIP_OVERHEAD_BYTES;
}

/** The file's first bytes, at most `most`, and how long it is: a file that cannot be right is not read whole. */
async function readStart(
  path: string,
  most: number,
  signal?: AbortSignal,
): Promise<{ readonly start: Uint8Array; readonly fileBytes: number }> {
  using file = await Deno.open(path);
  // by its path: Deno tells of an open file only where its real path may be read, and this may be a link
  const fileBytes = (await Deno.stat(path)).size;
  const start = new Uint8Array(Math.min(fileBytes, most));
  let length = 0;
  while (length < start.length) {
    signal?.throwIfAborted();
    const count = await file.read(start.subarray(length));
    if (count === null) break; // it has become shorter in the meantime
    length += count;
  }
  return { start: start.subarray(0, length), fileBytes };
}

/** These bytes are not those of the file that they should be; the message says what they are. */
class WrongBytes extends Error {
  constructor(found: string, readonly remedy?: string) {
    super(found);
  }
}

/**
 * Returns the values of one file, of which `start` are the first bytes, gzipped or not, once all is right.
 *
 * The digest comes last: what is wrong before it tells a person more.
 * @throws {WrongBytes}
 */
async function decode(key: FileKey, start: Uint8Array, fileBytes: number): Promise<Uint8Array> {
  const expected = MNIST_FILES[key];
  let raw = start, rawBytes = fileBytes;
  if (isGzip(start)) {
    const { bytes, problem } = await gunzipLimited(start, expected.bytes);
    raw = bytes;
    rawBytes = raw.length;
    if (problem === "more") rawBytes = Infinity;
    else if (problem !== undefined && rawBytes < expected.bytes) {
      throw new WrongBytes(`${inWords(rawBytes)} decompressed bytes and then ${problem}`);
    }
  } else {
    refuseOtherThanIdx(start);
  }
  const isImages = key === "trainImages" || key === "testImages";
  const shape = isImages
    ? [(expected.bytes - 16) / IMAGE_PIXELS, IMAGE_SIZE, IMAGE_SIZE]
    : [expected.bytes - 8];
  const dimensions = parseIdxHeader(raw);
  if (dimensions === undefined) throw new WrongBytes(`no IDX file (it begins ${beginning(raw)})`);
  if (dimensions.join() !== shape.join()) {
    throw new WrongBytes(
      `an IDX file of [${dimensions.join(",")}] instead of [${
        shape.join(",")
      }]: these are not MNIST's bytes ` +
        "(EMNIST and QMNIST use like names)",
    );
  }
  if (rawBytes !== expected.bytes) {
    const found = rawBytes === Infinity ? `more than ${inWords(expected.bytes)}` : inWords(rawBytes);
    throw new WrongBytes(
      `${found} bytes instead of ${inWords(expected.bytes)}: ` +
        (rawBytes < expected.bytes ? "the file is cut short" : "something was added to the file"),
    );
  }
  const sha256 = createHash("sha256").update(raw).digest("hex");
  if (sha256 !== expected.sha256) {
    throw new WrongBytes(
      `SHA-256 ${sha256} instead of ${expected.sha256}: these are not MNIST's bytes ` +
        "(Fashion-MNIST and KMNIST come under the same names)",
    );
  }
  return isImages ? parseIdxImages(IDX_FILES[key], raw) : parseIdxLabels(IDX_FILES[key], raw);
}

function refuseOtherThanIdx(start: Uint8Array): void {
  if (start.length === 0) throw new WrongBytes("an empty file");
  const text = new TextDecoder("latin1").decode(start.subarray(0, 64)).replace(/^\u00ef\u00bb\u00bf/, "");
  if (text.startsWith("version https://git-lfs")) {
    throw new WrongBytes(
      "a Git LFS pointer, which stands for a file that was not fetched",
      'run "git lfs pull" in the repository that it is from',
    );
  }
  if (/^\s*<[!?a-zA-Z]/.test(text)) {
    const quoted = text.replace(/[^\x20-\x7e]+/g, " ").trim().slice(0, 24).trim();
    throw new WrongBytes(`a web page ("${quoted}…"), not the file that it offered`);
  }
  if (text.startsWith("PK\u0003\u0004")) throw new WrongBytes("a zip archive", "unpack it first");
}

function beginning(bytes: Uint8Array): string {
  return `0x${bytes.subarray(0, 4).toHex()}`;
}

function inWords(bytes: number): string {
  return bytes.toLocaleString("en-US");
}

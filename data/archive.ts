/**
 * One gzip archive of a data set that is known by its archives' digests: found, or downloaded, and verified as it lies.
 *
 * Only the archive's own bytes can be verified then: a file that somebody has decompressed is not taken for it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { DownloadError, downloadFile } from "./download.ts";
import { gunzipLimited } from "./gzip.ts";
import { searchRoots } from "./mnist.ts";
import { DataError, type DownloadProgress, reasonOf } from "./types.ts";

/** A file as its publisher offers it. */
export interface Archive {
  /** Ends in `.gz`. */
  readonly file: string;
  readonly digest: { readonly kind: "md5" | "sha256"; readonly hex: string };
  /** Most bytes that it can have, gzipped and decompressed. */
  readonly maxBytes: number;
}

/** Where a data set's archives lie and come from. */
export interface ArchiveSource {
  /** For messages. */
  readonly title: string;
  /** As `--dataset` names it. */
  readonly name: string;
  readonly mirrors: readonly string[];
  /** Folders that are looked at by default, relative to the roots; downloads go to the first. */
  readonly places: readonly string[];
}

/** Where to look, and how to download. */
export interface ArchiveOptions {
  /** The value of `--data`: then only this folder counts. */
  readonly dir?: string;
  readonly onProgress?: DownloadProgress;
  readonly signal?: AbortSignal;
  /** Instead of the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Folders that the default places are relative to, as in `MnistOptions`. */
  readonly roots?: readonly string[];
}

/**
 * The decompressed bytes of an archive, and its folder.
 *
 * @throws {DataError} If it is missing where `dir` names a folder, is not the right file, or cannot be downloaded.
 * @throws {DOMException} `AbortError` when `signal` aborts.
 */
export async function loadArchive(
  archive: Archive,
  source: ArchiveSource,
  options: ArchiveOptions = {},
): Promise<{ readonly bytes: Uint8Array; readonly folder: string }> {
  options.signal?.throwIfAborted();
  const folder = await findArchive(archive, source, options) ?? await download(archive, source, options);
  const path = join(folder, archive.file);
  let gzip: Uint8Array;
  try {
    const { size } = await Deno.stat(path);
    if (size > archive.maxBytes) throw new Error(`${size} bytes, more than it can have`);
    gzip = await Deno.readFile(path);
  } catch (error) {
    throw new DataError(
      `Cannot read "${path}": expected ${source.title}'s archive, got ${
        reasonOf(error)
      }; put the right file there`,
    );
  }
  try {
    return { bytes: await decode(archive, gzip), folder };
  } catch (error) {
    if (!(error instanceof WrongBytes)) throw error;
    throw new DataError(
      `Cannot use "${path}": expected ${source.title}'s archive, got ${error.message}; take it from its source again`,
    );
  }
}

async function findArchive(
  { file }: Archive,
  { title, places, name }: ArchiveSource,
  { dir, roots }: ArchiveOptions,
): Promise<string | undefined> {
  const given = dir === undefined
    ? undefined
    : [dir, join(dir, "raw"), ...places.map((place) => join(dir, place))];
  const folders = given ?? places.flatMap((place) => searchRoots(roots).map((root) => resolve(root, place)));
  for (const folder of folders) if (await isFile(join(folder, file))) return folder;
  if (dir === undefined) return undefined;
  const plain = file.replace(/\.gz$/, "");
  throw new DataError(
    `Cannot load ${title} from "${dir}": expected the archive "${file}", got ${
      await isFile(join(dir, plain))
        ? `"${plain}" decompressed, which cannot be verified; put the archive there, or use --dataset ${
          JSON.stringify(dir)
        }, which names a data set by its digests`
        : `none; put it there, or leave out --data to have ${name} found or downloaded`
    }`,
  );
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false; // a place that is not there or may not be looked at holds no file
  }
}

async function download(
  archive: Archive,
  { title, mirrors, places }: ArchiveSource,
  { onProgress, signal, fetch, roots }: ArchiveOptions,
): Promise<string> {
  const folder = resolve(searchRoots(roots)[0], places[0]);
  try {
    await downloadFile(archive.file, {
      mirrors,
      folder,
      maxBytes: archive.maxBytes,
      verify: async (gzip) => void await decode(archive, gzip),
      onProgress,
      signal,
      fetch,
    });
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    throw new DataError(
      `Cannot load ${title}: expected "${archive.file}" in ${
        places.map((place) => `"${place}"`).join(", ")
      } or from its source, got ${error.reasons.join(" and ")}; pass --data with a folder that holds it`,
    );
  }
  return folder;
}

/** These bytes are not those of the archive. */
class WrongBytes extends Error {}

/** @throws {WrongBytes} */
async function decode({ digest, maxBytes }: Archive, gzip: Uint8Array): Promise<Uint8Array> {
  const hex = createHash(digest.kind).update(gzip).digest("hex");
  if (hex !== digest.hex) {
    throw new WrongBytes(
      `a file of ${digest.kind === "md5" ? "MD5" : "SHA-256"} ${hex} instead of ${digest.hex}`,
    );
  }
  const { bytes, problem } = await gunzipLimited(gzip, maxBytes);
  if (problem !== undefined) {
    throw new WrongBytes(problem === "more" ? `more than ${maxBytes} decompressed bytes` : problem);
  }
  return bytes;
}

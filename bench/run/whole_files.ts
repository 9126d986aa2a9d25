/**
 * Files of a run: read only where they are files of the folder itself, written whole and on the disk, or not at all.
 *
 * A run folder may come from somebody else: a symbolic link in it could name any file of whoever opens it, so links are
 * neither read nor written through.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { reasonOf, UsageError } from "../command_line/errors.ts";

/** No file of a run comes near; a sparse file of any size can be had for nothing. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * The text of a file; undefined where there is none.
 *
 * @throws {UsageError} If it cannot be read, is too long, or is no plain file: a link, a folder, a pipe.
 */
export function readIfThere(path: string): string | undefined {
  return reading(path, Deno.readTextFileSync);
}

/**
 * The bytes of a file of the folder; undefined where there is none.
 *
 * @throws {UsageError} As `readIfThere`, and if the folder that it lies in below `folder` is a symbolic link.
 */
export function readBytesIfThere(folder: string, file: string): Uint8Array | undefined {
  if (dirname(file) !== ".") refuseLink(join(folder, dirname(file)));
  return reading(join(folder, file), Deno.readFileSync);
}

function reading<T>(path: string, read: (path: string) => T): T | undefined {
  const refuse = (wanted: string, got: string, cause?: unknown) =>
    new UsageError(`Cannot read "${path}": expected ${wanted}, got ${got}`, { cause });
  refuseLink(path);
  try {
    const { isFile, isDirectory, size } = Deno.lstatSync(path);
    if (!isFile) throw refuse("a file", isDirectory ? "a folder" : "a device or pipe");
    if (size > MOST_BYTES) throw refuse(`at most ${MOST_BYTES} bytes`, `${size}`);
    return read(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw refuse("a readable file", `"${reasonOf(error)}"`, error);
  }
}

/** @throws {UsageError} If `path` is a symbolic link. */
export function refuseLink(path: string): void {
  let isLink: boolean;
  try {
    isLink = Deno.lstatSync(path).isSymlink;
  } catch {
    return; // not there: whoever reads it says so
  }
  if (isLink) {
    throw new UsageError(
      `Cannot use "${path}": expected a file or folder of the run's own, got a symbolic link; put in its place what it points to`,
    );
  }
}

/**
 * Gives a file this content, or leaves it as it is: what a full disk or a power cut stops changes nothing.
 *
 * The content is on the disk before the name points to it, unless it can be made again and is not to be `lasting`: each
 * wait for the disk takes milliseconds. What lies under the temporary name is removed, not written to.
 */
export function writeWhole(
  path: string,
  content: Uint8Array | string | Iterable<string>,
  { lasting }: { readonly lasting: boolean } = { lasting: true },
): void {
  const temporary = `${path}.tmp`;
  const parts: Iterable<Uint8Array | string> = typeof content === "string" || content instanceof Uint8Array
    ? [content]
    : content;
  removeIfThere(temporary);
  try {
    const file = Deno.openSync(temporary, { createNew: true, write: true });
    try {
      for (const part of parts) {
        writeAll(file, typeof part === "string" ? new TextEncoder().encode(part) : part);
      }
      if (lasting) file.syncSync();
    } finally {
      file.close();
    }
    Deno.renameSync(temporary, path);
  } catch (error) {
    // a full disk leaves part of a file, which would only take room
    removeIfThere(temporary);
    throw error;
  }
  if (lasting) syncFolder(dirname(path));
}

/** Adds to a file that is there; with `lasting`, it is on the disk when this returns. */
export function appendTo(path: string, text: string, { lasting }: { readonly lasting: boolean }): void {
  const file = Deno.openSync(path, { append: true });
  try {
    writeAll(file, new TextEncoder().encode(text));
    if (lasting) file.syncDataSync();
  } finally {
    file.close();
  }
}

/** Puts on the disk what was appended to a file before. */
export function syncFile(path: string): void {
  const file = Deno.openSync(path, { append: true });
  try {
    file.syncDataSync();
  } finally {
    file.close();
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Makes a rename last; some systems do not open folders, and there the next sync has to do. */
function syncFolder(path: string): void {
  try {
    using folder = Deno.openSync(path, { read: true });
    folder.syncSync();
  } catch {
    // what the file holds is on the disk in any case
  }
}

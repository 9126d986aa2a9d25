/**
 * Keeps a folder to one process: a lock on the file `.lock` in it, which the system gives back however a process ends.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { quote, word } from "../command_line/quote.ts";
import { hostName } from "./environment.ts";
import { refuseLink } from "./whole_files.ts";

/** The file that is locked. */
export const LOCK = ".lock";
/** Stands for the lock where a file system has none; says who holds it. */
export const LOCK_HOLDER = ".lock-holder";

/** Between two looks the file may be replaced by another run that ends; it does not go on for ever. */
const MOST_TRIES = 100;
/** Of a file that anybody may have written. */
const MOST_HOLDER_CHARACTERS = 200;

/** Holds a folder until it is closed. */
export class FolderLock {
  /** What a person should know about this lock; absent where it is as it should be. */
  readonly notice?: string;
  readonly #folder: string;
  readonly #file: Deno.FsFile;
  readonly #isOurs: boolean;
  readonly #holder?: string;

  /**
   * Takes the folder, which is there.
   *
   * @throws {UsageError} If another process holds it, `.lock` is a symbolic link, or the folder is one that leads where
   * this process may not look.
   * @throws Whatever opening the file throws.
   */
  constructor(folder: string) {
    this.#folder = folder;
    for (let attempt = 0;; attempt++) {
      const { file, isOurs } = openLock(join(folder, LOCK));
      let isLocked: boolean;
      try {
        isLocked = file.tryLockSync(true);
      } catch (error) {
        this.#file = file;
        this.#isOurs = isOurs;
        try {
          this.#holder = takeHolder(folder);
        } catch (refusal) {
          file.close();
          throw refusal;
        }
        this.notice = `the file system of ${quote(folder)} has no locks (${reasonOf(error)}): ` +
          `the file "${LOCK_HOLDER}" keeps other runs out instead`;
        return;
      }
      if (!isLocked) {
        file.close();
        throw inUse(folder, "another run", "wait for it or choose another --out");
      }
      if (existsSync(join(folder, LOCK_HOLDER))) {
        // a machine on which this file system has no locks writes here, or did
        file.close();
        throw heldBy(folder);
      }
      let isThere: boolean;
      try {
        isThere = isSameFile(file, folder);
      } catch (error) {
        file.close();
        throw error;
      }
      // Whoever held it before may have removed the file that this is a lock on: it keeps nobody out.
      if (isThere || attempt === MOST_TRIES) {
        this.#file = file;
        this.#isOurs = isOurs;
        return;
      }
      file.close();
    }
  }

  /** Whether the folder is still the one that was taken: it may have been removed, moved or replaced. */
  get isThere(): boolean {
    return isSameFile(this.#file, this.#folder);
  }

  /**
   * Lets others have the folder. While nobody else can hold it, removes the file, if this made it or it is empty as those
   * are that a killed run leaves.
   */
  close(): void {
    const path = join(this.#folder, LOCK), holder = join(this.#folder, LOCK_HOLDER);
    try {
      // Windows gives no numbers to compare and removes no open file: there it stays, and harms nothing.
      const { ino, size } = this.#file.statSync();
      if ((this.#isOurs || size === 0) && this.isThere && ino !== null) Deno.removeSync(path);
      if (this.#holder !== undefined && Deno.readTextFileSync(holder) === this.#holder) {
        Deno.removeSync(holder);
      }
    } catch {
      // An empty file left behind harms nothing; a holder that is left is named to whoever comes next.
    }
    this.#file.close();
  }
}

function openLock(path: string): { readonly file: Deno.FsFile; readonly isOurs: boolean } {
  for (let attempt = 0;; attempt++) {
    refuseLink(path);
    try {
      return { file: Deno.openSync(path, { createNew: true, write: true }), isOurs: true };
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
    try {
      return { file: Deno.openSync(path, { write: true }), isOurs: false };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) || attempt === MOST_TRIES) throw error;
    }
  }
}

/** Whether `file` is the folder's lock. */
function isSameFile(file: Deno.FsFile, folder: string): boolean {
  try {
    const there = Deno.lstatSync(join(folder, LOCK)), held = file.statSync();
    return there.ino === held.ino && there.dev === held.dev;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) return false;
    // the launcher allows a folder and what it leads to, but of a link in it it knows nothing
    throw new UsageError(
      `Cannot write to "${folder}": expected a folder that this command may use, got a symbolic link to another; ` +
        "name it by --out",
      { cause: error },
    );
  }
}

/** Writes who holds the folder into a file that is made here or not at all. */
function takeHolder(folder: string): string {
  const path = join(folder, LOCK_HOLDER);
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { createNew: true, write: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw heldBy(folder);
  }
  try {
    const { uid } = Deno.lstatSync(path), owner = uid === null ? "" : ` of user ${uid}`;
    const holder = `process ${Deno.pid}${owner} on ${hostName()} since ${new Date().toISOString()}`;
    file.writeSync(new TextEncoder().encode(holder));
    return holder;
  } finally {
    file.close();
  }
}

/** Says who holds a folder by its `LOCK_HOLDER`; nobody can tell from afar whether that one is still there. */
function heldBy(folder: string): UsageError {
  const path = join(folder, LOCK_HOLDER);
  refuseLink(path);
  let holder = "";
  try {
    holder = Deno.readTextFileSync(path).slice(0, MOST_HOLDER_CHARACTERS);
  } catch {
    // it has just ended
  }
  return inUse(
    folder,
    holder || "another run",
    `wait for it, choose another --out, or, if it is gone, remove what it left: \`${removal(path)}\``,
  );
}

/** The command that removes a file, for the shell that a person has here. */
function removal(path: string): string {
  return Deno.build.os === "windows" ? `del "${path}"` : `rm ${word(path)}`;
}

function inUse(folder: string, holder: string, next: string): UsageError {
  return new UsageError(
    `Cannot write to "${folder}": expected a folder that nothing else writes to, got one in use by ${holder}; ${next}`,
  );
}

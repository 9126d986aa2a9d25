/**
 * Finds iterations: every file `NN_name.ts` in `iterations/`, `frontier/` and `field/` is one, and any other file can be.
 *
 * Such a file exports one thing, an `Iteration`; in the project's folders its `id` is the number in the file's name. A
 * new iteration is a new file; nothing else lists it. A file is imported only when it is asked for, so that a broken
 * one stands in nobody's way.
 *
 * @module
 */
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { isRecord, show } from "./fields.ts";
import type { Iteration } from "./iteration.ts";
import { validateIteration } from "./validate.ts";

const NUMBERED_FILE = /^(\d+)_\w+\.ts$/;

/** The project's own iterations, trained where none are named. */
export const ITERATIONS_FOLDER = new URL("./iterations/", import.meta.url);
/** The best that was found for its size, numbered from 6. */
export const FRONTIER_FOLDER = new URL("./frontier/", import.meta.url);
/** Public entries to the challenge, numbered from 101. */
export const FIELD_FOLDER = new URL("./field/", import.meta.url);

/** A file that holds an iteration. */
export interface IterationFile {
  /** As in its name; undefined for a file outside the project's folders, which tells its number itself. */
  readonly number: number | undefined;
  readonly url: URL;
}

/** How a file is named in messages. */
export const nameOf = ({ url }: IterationFile): string => basename(fileURLToPath(url));

/** The numbered files of a folder, in order of their numbers; none where there is no such folder. */
export async function listIterationFiles(folder: URL): Promise<IterationFile[]> {
  const files: IterationFile[] = [];
  try {
    for await (const { isFile, name } of Deno.readDir(folder)) {
      const number = NUMBERED_FILE.exec(name)?.[1];
      if (isFile && number !== undefined) files.push({ number: Number(number), url: new URL(name, folder) });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files.sort((a, b) => a.number! - b.number! || (a.url.href < b.url.href ? -1 : 1));
}

/** The first line of what went wrong, without what Deno adds for programmers; of a syntax error, the place too. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const place = /SyntaxError.*\n *at \S*:(\d+):(\d+)$/s.exec(text);
  if (place !== null) return `${text.split("\n")[0]}, line ${place[1]} column ${place[2]}`;
  const [line] = text.split("\n");
  return line.replace(/^The module's source code could not be parsed: /, "").replace(
    / at file:\/\/\S*?(:\d+:\d+)$/,
    " at$1",
  )
    .replace(/file:\/\/\S*\//g, "").trim() || "an error without a message";
}

/** A file of plain data loads in milliseconds; what takes longer than this waits for something that never comes. */
const LONGEST_IMPORT_MS = 30_000;

async function importModule(file: IterationFile, longestMs: number): Promise<Record<string, unknown>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing in ${longestMs / 1000} s`)), longestMs);
  });
  // a file that ends the program would end it as if all were well; nobody is left then to whom this could be thrown
  const leaving = () => {
    console.error(
      `error: Cannot use ${
        nameOf(file)
      }: expected a module that can be imported, got one that ends the program`,
    );
    Deno.exit(2);
  };
  addEventListener("unload", leaving);
  try {
    return await Promise.race([import(file.url.href), tooLong]);
  } finally {
    removeEventListener("unload", leaving);
    clearTimeout(timer);
  }
}

/**
 * The one thing that a file exports, or what a JSON file holds, unchecked; `wanted` names it in messages.
 *
 * @throws {SyntaxError | TypeError} If it is no JSON, or cannot be imported.
 */
export async function loadValue(url: URL, wanted: string): Promise<{ readonly value: unknown }> {
  return await importValue({ number: undefined, url }, LONGEST_IMPORT_MS, wanted);
}

/** Boxed: a promise would look for a `then` in the value itself. */
async function importValue(
  file: IterationFile,
  longestMs: number,
  wanted = "an Iteration",
): Promise<{ readonly value: unknown }> {
  const name = nameOf(file);
  if (name.endsWith(".json")) {
    const text = await readText(file);
    try {
      return { value: JSON.parse(text.replace(/^\uFEFF/, "")) };
    } catch (error) {
      throw new SyntaxError(`Cannot use ${name}: expected JSON, got "${firstLine(error)}"`);
    }
  }
  await readText(file);
  let module: Record<string, unknown>;
  try {
    module = await importModule(file, longestMs);
  } catch (error) {
    throw new TypeError(
      `Cannot use ${name}: expected a module that can be imported, got "${firstLine(error)}"`,
      {
        cause: error,
      },
    );
  }
  const exported = Object.keys(module);
  const value = module[exported[0]];
  if (exported.length !== 1 || !isRecord(value)) {
    throw new TypeError(
      `Cannot use ${name}: expected one export, ${wanted}, got ${
        exported.length === 0
          ? "none"
          : exported.length > 1
          ? exported.map((each) => `"${each}"`).join(", ")
          : `"${exported[0]}", which is ${show(value)}`
      }`,
    );
  }
  return { value };
}

/** The file's text, so that a missing file is told from one that does not work. */
async function readText(file: IterationFile): Promise<string> {
  const path = fileURLToPath(file.url);
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const got = error instanceof Deno.errors.NotFound
      ? "none"
      : error instanceof Deno.errors.IsADirectory
      ? "a folder"
      : error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable
      ? "no permission to read it"
      : firstLine(error);
    throw new TypeError(`Cannot use ${nameOf(file)}: expected a file "${path}", got ${got}`, {
      cause: error,
    });
  }
}

/**
 * The iteration of one file, TypeScript, JavaScript or JSON, checked.
 *
 * @throws {SyntaxError} If it is no JSON.
 * @throws {TypeError} If it cannot be imported, exports something else, or its layers do not fit together.
 * @throws {RangeError} If a value is out of range or the number is not that of the file's name.
 */
export async function loadIterationFile(
  file: IterationFile,
  { longestMs = LONGEST_IMPORT_MS }: { readonly longestMs?: number } = {},
): Promise<Iteration> {
  const { value } = await importValue(file, longestMs);
  const iteration = plainIteration(value, nameOf(file)), { id } = iteration;
  if (file.number !== undefined && id !== file.number) {
    throw new RangeError(
      `Cannot use ${nameOf(file)}: expected id ${file.number} as in the file's name, got ${id}`,
    );
  }
  return iteration;
}

/** The iteration, checked, as data of its own: what a getter would say next time no longer counts. */
function plainIteration(value: unknown, name: string): Iteration {
  try {
    validateIteration(value, name);
    return structuredClone(value as Iteration);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith(`Cannot use ${name}`)) throw error;
    throw new TypeError(
      `Cannot use ${name}: expected plain data, got "${firstLine(error)}" when it was read`,
      {
        cause: error,
      },
    );
  }
}

/** @throws {RangeError} If two files have one number. */
function refuseTwins(files: readonly IterationFile[]): void {
  files.forEach((file, index) => {
    const twin = files.slice(0, index).find(({ number }) => number === file.number);
    if (twin === undefined) return;
    throw new RangeError(
      `Cannot use ${nameOf(file)}: expected a number of its own, got ${file.number} as in ${
        nameOf(twin)
      }; rename one of them`,
    );
  });
}

/** A file that could not be used, and why. */
export interface BrokenFile {
  readonly file: IterationFile;
  readonly error: Error;
}

/**
 * All iterations of a folder in order of their numbers; what cannot be used is handed to `onBroken`, and thrown where
 * nobody listens.
 */
export async function loadIterations(
  folder: URL = ITERATIONS_FOLDER,
  onBroken?: (broken: BrokenFile) => void,
): Promise<Iteration[]> {
  const files = await listIterationFiles(folder);
  const loaded = await Promise.all(files.map(async (file, index) => {
    try {
      refuseTwins([...files.slice(0, index).filter(({ number }) => number === file.number), file]);
      return [await loadIterationFile(file)];
    } catch (error) {
      if (onBroken === undefined || !(error instanceof Error)) throw error;
      onBroken({ file, error });
      return [];
    }
  }));
  return loaded.flat();
}

/** What `--iterations` names: a number of the project's folders, or a file. */
export type IterationName = number | URL;

/**
 * The iterations with these names, in order of their numbers, each once.
 *
 * @throws {RangeError} If there is no such number, or two of them have the same; else as `loadIterationFile`.
 */
export async function loadNamedIterations(
  names: readonly IterationName[],
  folders: readonly URL[] = [ITERATIONS_FOLDER, FRONTIER_FOLDER, FIELD_FOLDER],
): Promise<Iteration[]> {
  const known = (await Promise.all(folders.map(listIterationFiles))).flat();
  const files = names.flatMap((name): IterationFile[] => {
    if (typeof name !== "number") return [{ number: undefined, url: name }];
    const found = known.filter(({ number }) => number === name);
    if (found.length === 0) {
      throw new RangeError(
        `Cannot use iteration ${name}: expected one of ${
          showNumbers(known.map(({ number }) => number!))
        } or the path of a file, got no such number`,
      );
    }
    refuseTwins(found);
    return found;
  });
  const unique = files.filter(({ url }, index) =>
    files.findIndex((file) => file.url.href === url.href) === index
  );
  const iterations = await Promise.all(unique.map((file) => loadIterationFile(file)));
  refuseTwins(unique.map((file, index) => ({ ...file, number: iterations[index].id })));
  return iterations.sort((a, b) => a.id - b.id);
}

/** Numbers with runs as ranges: `1-5, 101, 103-110`. */
function showNumbers(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => first === last ? `${first}` : `${first}-${last}`).join(", ");
}

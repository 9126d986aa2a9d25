/**
 * Finds the iterations: every file `NN_name.ts` in this folder is one.
 *
 * Such a file exports one thing, an `Iteration` whose `id` is the number in the file's name. A new iteration is
 * a new file; nothing else lists it.
 *
 * @module
 */
import type { Iteration } from "./types.ts";
import { validateIteration } from "./validate.ts";

const ITERATION_FILE = /^(\d+)_\w+\.ts$/;

function isIteration(value: unknown): value is Iteration {
  return typeof value === "object" && value !== null && "id" in value && "layers" in value;
}

async function loadIteration(folder: URL, file: string): Promise<Iteration> {
  const module: Record<string, unknown> = await import(new URL(file, folder).href);
  const names = Object.keys(module);
  const iteration = module[names[0]];
  if (names.length !== 1 || !isIteration(iteration)) {
    throw new TypeError(
      `Cannot load iteration file "${file}": expected one export, an Iteration, got ${
        names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ")
      }`,
    );
  }
  const number = Number(ITERATION_FILE.exec(file)?.[1]);
  if (iteration.id !== number) {
    throw new RangeError(
      `Cannot load iteration file "${file}": expected id ${number} as in the file's name, got ${iteration.id}`,
    );
  }
  validateIteration(iteration);
  return iteration;
}

/**
 * All iterations of a folder, checked and in order of their ids.
 *
 * @throws {TypeError} If a file does not export exactly one iteration, or one whose layers do not fit together.
 * @throws {RangeError} If two files have the same number or a value is out of range.
 */
export async function loadIterations(folder = new URL("./", import.meta.url)): Promise<Iteration[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile && ITERATION_FILE.test(entry.name)) files.push(entry.name);
  }
  files.sort();
  const iterations = await Promise.all(files.map((file) => loadIteration(folder, file)));
  const fileOf = new Map<number, string>();
  iterations.forEach(({ id }, index) => {
    const other = fileOf.get(id);
    if (other !== undefined) {
      throw new RangeError(
        `Cannot load iteration file "${files[index]}": expected an id of its own, got ${id} as in "${other}"`,
      );
    }
    fileOf.set(id, files[index]);
  });
  return iterations.sort((a, b) => a.id - b.id);
}

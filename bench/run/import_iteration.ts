/**
 * Imports one iteration from a file anywhere.
 *
 * @module
 */
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Iteration } from "../../models/types.ts";
import { validateIteration } from "../../models/validate.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";

/**
 * The one iteration that a file exports, checked as one of the catalog is.
 *
 * @throws {UsageError} If the file cannot be imported or exports something else.
 */
export async function importIteration(file: string): Promise<Iteration> {
  let module: Record<string, unknown>;
  try {
    if (!Deno.statSync(file).isFile) throw new Error("no file");
    module = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    const got = error instanceof Deno.errors.NotFound ? "none" : `"${reasonOf(error)}"`;
    throw new UsageError(`Cannot lint "${file}": expected a module that can be imported, got ${got}`, {
      cause: error,
    });
  }
  const values = Object.values(module);
  if (values.length !== 1 || !isIteration(values[0])) {
    const names = Object.keys(module).map((name) => `"${name}"`).join(", ") || "none";
    throw new UsageError(
      `Cannot lint "${
        basename(file)
      }": expected one export, an Iteration with "id" and "layers", got ${names}`,
    );
  }
  const [iteration] = values;
  await asUsageError(() => Promise.resolve().then(() => validateIteration(iteration)));
  return iteration;
}

function isIteration(value: unknown): value is Iteration {
  return typeof value === "object" && value !== null && "id" in value && "layers" in value;
}

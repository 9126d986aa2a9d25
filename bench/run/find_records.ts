/**
 * The folders of `results/records`.
 *
 * @module
 */
import { join } from "node:path";

/** The records in `folder`, in order of their names; none where there is no such folder. */
export function findRecords(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => join(folder, name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/**
 * The folders of `results/records`.
 *
 * @module
 */
import { join } from "node:path";
import { RECORDS } from "../command_line/needs.ts";

/** In order of their names; none where there is no such folder. */
export function findRecords(root: string): string[] {
  const folder = join(root, RECORDS);
  try {
    return [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => join(folder, name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

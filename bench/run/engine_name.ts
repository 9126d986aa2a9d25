/**
 * Asks a results folder for one thing, before anything else is loaded.
 *
 * @module
 */
import { join } from "node:path";

/** The engine that a run's manifest names; undefined where there is none to be read. */
export function engineNameIn(folder: string): string | undefined {
  try {
    const name: unknown = JSON.parse(Deno.readTextFileSync(join(folder, "manifest.json")))?.engine?.name;
    return typeof name === "string" ? name : undefined;
  } catch {
    // whoever reads the folder says what is wrong with it
    return undefined;
  }
}

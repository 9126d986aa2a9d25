/**
 * Asks a results folder for one thing, before anything else is loaded.
 *
 * @module
 */
import { join } from "node:path";

/** The engine that a run's manifest names; undefined where there is none to be read. */
export function engineNameIn(folder: string): string | undefined {
  const name = glance(folder)?.engine?.name;
  return typeof name === "string" ? name : undefined;
}

/** The data set that a run's manifest names, and whether images were held out; MNIST where there is none to be read. */
export function datasetIn(folder: string): { readonly dataset: string; readonly validate: boolean } {
  const manifest = glance(folder), name = manifest?.dataset?.name;
  return {
    dataset: typeof name === "string" ? name : "mnist",
    validate: (manifest?.validation ?? undefined) !== undefined,
  };
}

/** What lies there, unchecked; undefined where it cannot be read: whoever reads the folder says what is wrong with it. */
function glance(folder: string) {
  try {
    return JSON.parse(Deno.readTextFileSync(join(folder, "manifest.json"))) as {
      readonly engine?: { readonly name?: unknown };
      readonly dataset?: { readonly name?: unknown };
      readonly validation?: unknown;
    } | null;
  } catch {
    return undefined;
  }
}

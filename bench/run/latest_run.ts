/**
 * The run that a command takes where none is named.
 *
 * @module
 */
import { join } from "node:path";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { RUNS } from "../command_line/needs.ts";
import { type Manifest, parseManifest } from "./manifest.ts";

/** A run in `results/runs`. */
export interface ListedRun {
  readonly path: string;
  readonly manifest: Manifest;
  /** When its last command began, as ISO text. */
  readonly start: string;
}

/**
 * The folder in `results/runs` whose last command started last, among those that `suits`; undefined where there is none.
 *
 * @throws {UsageError} If the folder cannot be read.
 */
export function latestRun(
  root: string,
  suits: (manifest: Manifest, path: string) => boolean = () => true,
): string | undefined {
  return listRuns(root).find(({ manifest, path }) => suits(manifest, path))?.path;
}

/**
 * Every run in `results/runs`, the one whose last command started last first.
 *
 * @throws {UsageError} If the folder cannot be read.
 */
export function listRuns(root: string): ListedRun[] {
  return folderNames(join(root, RUNS)).flatMap((name): ListedRun[] => {
    const path = join(root, RUNS, name), file = join(path, "manifest.json");
    try {
      const manifest = parseManifest(Deno.readTextFileSync(file), file);
      const start = manifest.invocations.map((each) => each.start).sort().at(-1);
      return start === undefined ? [] : [{ path, manifest, start }];
    } catch {
      // No run, or one that whoever names it will be told about.
      return [];
    }
  }).sort((a, b) => a.start < b.start ? 1 : a.start > b.start ? -1 : a.path < b.path ? -1 : 1);
}

function folderNames(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].filter((entry) => entry.isDirectory).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new UsageError(`Cannot read "${path}": expected a readable folder, got "${reasonOf(error)}"`);
  }
}

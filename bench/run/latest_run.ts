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
interface Candidate {
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
  const runs = folderNames(join(root, RUNS)).flatMap((name): Candidate[] => {
    const path = join(root, RUNS, name), file = join(path, "manifest.json");
    try {
      const manifest = parseManifest(Deno.readTextFileSync(file), file);
      const start = manifest.invocations.map((each) => each.start).sort().at(-1);
      return start !== undefined && suits(manifest, path) ? [{ path, manifest, start }] : [];
    } catch {
      // No run, or one that whoever names it will be told about.
      return [];
    }
  });
  if (runs.length === 0) return undefined;
  return runs.reduce((a, b) => b.start > a.start ? b : a).path;
}

function folderNames(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].filter((entry) => entry.isDirectory).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new UsageError(`Cannot read "${path}": expected a readable folder, got "${reasonOf(error)}"`);
  }
}

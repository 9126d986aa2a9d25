/**
 * The runs that a field consists of: one folder for each engine that trained a part of it, named as the engine.
 *
 * @module
 */
import { basename, join } from "node:path";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { type Manifest, parseManifest, recipeDifference, runDifference } from "../run/manifest.ts";
import { readResults } from "../run/results.ts";
import { MANIFEST, readRunFolder, type RunRecord } from "../run/run_record.ts";
import { readIfThere } from "../run/whole_files.ts";

/**
 * Folders of a field's runs, from the field's own folder, by name; none where there is no field.
 *
 * @throws {UsageError} If the field's folder is itself a run, or the runs in it cannot stand in one table.
 */
export function findFieldRuns(field: string): string[] {
  if (readIfThere(join(field, MANIFEST)) !== undefined) {
    throw new UsageError(
      `Cannot use the field in "${field}": expected a folder for each engine in it, got a run; move it to "${
        join(field, "ENGINE")
      }"`,
    );
  }
  const manifests = foldersIn(field).sort().flatMap((name) => {
    const file = join(field, name, MANIFEST), text = readIfThere(file);
    return text === undefined ? [] : [{ folder: join(field, name), manifest: parseManifest(text, file) }];
  });
  checkTogether(manifests);
  return manifests.map(({ folder }) => basename(folder));
}

/**
 * All runs of a field, those without a trial left out; none where there is no field.
 *
 * @throws {UsageError} As `findFieldRuns` and `readResults` do.
 */
export function readFieldRuns(field: string): RunRecord[] {
  return findFieldRuns(field).map((name) => join(field, name))
    // interrupted before its first trial
    .filter((folder) => readRunFolder(folder)?.trials.length !== 0)
    .map((folder) => readResults(folder));
}

/**
 * Checks that entries of all these runs may stand in one table: the same data, the same lengths, the same recipes.
 *
 * @throws {UsageError} At the first difference, or if a folder does not have its engine's name.
 */
function checkTogether(runs: readonly { readonly folder: string; readonly manifest: Manifest }[]): void {
  for (const [index, { folder, manifest }] of runs.entries()) {
    const { engine, iterations } = manifest;
    if (basename(folder) !== engine.name) {
      throw new UsageError(
        `Cannot use the field's run in "${folder}": expected a folder with the name of its engine, "${engine.name}", got "${
          basename(folder)
        }"; rename it`,
      );
    }
    for (const before of runs.slice(0, index)) {
      // engines are what may differ
      const difference = runDifference({ ...before.manifest, engine }, manifest) ??
        recipeDifference(before.manifest.iterations, iterations);
      if (difference === undefined) continue;
      throw new UsageError(
        `Cannot use "${before.folder}" and "${folder}" as one field: expected ${difference.what} ${difference.there} in both, got ${difference.here} in the second; train it again`,
      );
    }
  }
}

function foldersIn(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new UsageError(`Cannot read "${path}": expected a folder, got "${reasonOf(error)}"`);
  }
}

/**
 * How many recipes and seeds have been tried on the same images: whoever takes the best of many takes luck along.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { isAblation } from "../../models/ablations/ablation.ts";
import { RUNS } from "../command_line/needs.ts";
import { canonicalJson, type Manifest, parseManifest, type RunIdentity, type Tried } from "./manifest.ts";
import { MANIFEST, SEARCH_PLAN } from "./run_record.ts";
import { readIfThere } from "./whole_files.ts";

/**
 * Recipes, and trials of them, that `manifest`'s folder and its family have set out to train. The family are the
 * folders of `results/runs` whose accuracies are of the same images, those of searches among them; a folder elsewhere has
 * none but the others of its search. A candidate that a search trains in two lengths counts as two recipes.
 */
export function countTried(folder: string, manifest: Manifest): Tried {
  const recipes = new Set<string>(), trials = new Set<string>(), known = new Set<string>();
  for (const { iterations, invocations } of [manifest, ...familyOf(folder, manifest)]) {
    const hashes = new Map(iterations.map(({ id, configHash }) => [String(id), configHash]));
    for (const iteration of iterations) {
      // nobody hopes that a network is better without what it is made of
      if (iteration.claim !== undefined || isAblation(iteration)) known.add(iteration.configHash);
    }
    for (const key of invocations.flatMap((invocation) => invocation.trials)) {
      const [, id, seed] = key.match(/^iteration-(\d+)-seed-(\d+)$/) ?? [];
      const hash = hashes.get(id);
      if (hash === undefined) continue;
      recipes.add(hash);
      trials.add(`${hash} ${seed}`);
    }
  }
  return { recipes: recipes.size, ideas: recipes.difference(known).size, trials: trials.size };
}

function familyOf(folder: string, manifest: Manifest): Manifest[] {
  const key = familyKey(manifest);
  return relatedFolders(folder).flatMap((other): Manifest[] => {
    const file = join(other, MANIFEST);
    try {
      const text = readIfThere(file), found = text === undefined ? undefined : parseManifest(text, file);
      return found !== undefined && familyKey(found) === key ? [found] : [];
    } catch {
      return []; // whoever names it will be told what is wrong with it
    }
  });
}

/** Folders of runs that may be of one family with this one, without itself. */
function relatedFolders(folder: string): string[] {
  const isRuns = (path: string) => path.replaceAll("\\", "/").endsWith(RUNS.replaceAll("\\", "/"));
  const parent = dirname(folder), grandparent = dirname(parent), itself = join(parent, basename(folder));
  const runs = [parent, grandparent].find(isRuns);
  const related = runs !== undefined
    // a search keeps a folder for each length in one of its own, a field one for each engine
    ? foldersIn(runs).flatMap((each) => [each, ...foldersIn(each)])
    : isSearch(parent)
    ? foldersIn(parent)
    : [];
  return related.filter((each) => each !== itself);
}

/** What may be missing, or closed to this process or this person: nothing is known of it then. */
const CLOSED = [Deno.errors.NotFound, Deno.errors.NotCapable, Deno.errors.PermissionDenied];

/** Nothing is known of a folder that this process may not read. */
function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (CLOSED.some((kind) => error instanceof kind)) return undefined;
    throw error;
  }
}

const isSearch = (folder: string): boolean =>
  ifReadable(() => Deno.lstatSync(join(folder, SEARCH_PLAN))) !== undefined;

function foldersIn(folder: string): string[] {
  const entries = ifReadable(() => [...Deno.readDirSync(folder)]) ?? [];
  return entries.flatMap(({ name, isDirectory }) => isDirectory ? [join(folder, name)] : []);
}

/** What accuracies of the same images have in common, whatever engine measured them. */
function familyKey({ dataset, validation, quick }: RunIdentity): string {
  return canonicalJson({ digests: dataset.digests, held: validation?.digest ?? null, quick });
}

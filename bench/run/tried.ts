/**
 * How many recipes and seeds have been tried on the same images: whoever takes the best of many takes luck along.
 *
 * @module
 */
import { join } from "node:path";
import { isAblation } from "../../models/ablations/ablation.ts";
import { RUNS } from "../command_line/needs.ts";
import { canonicalJson, type Manifest, parseManifest, type RunIdentity, type Tried } from "./manifest.ts";
import { MANIFEST } from "./run_record.ts";
import { readIfThere } from "./whole_files.ts";

/**
 * Recipes, and trials of them, that `manifest`'s folder and its family have set out to train. The family are the
 * folders of `results/runs` whose accuracies are of the same images; a folder elsewhere has none.
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
  const key = familyKey(manifest), parts = folder.split(/[\\/]/);
  const inRuns = parts.slice(0, -1).join("/").endsWith(RUNS.replaceAll("\\", "/"));
  if (!inRuns) return [];
  const parent = join(folder, "..");
  return [...Deno.readDirSync(parent)].flatMap(({ name, isDirectory }): Manifest[] => {
    if (!isDirectory || name === parts.at(-1)) return [];
    const file = join(parent, name, MANIFEST);
    try {
      const text = readIfThere(file), other = text === undefined ? undefined : parseManifest(text, file);
      return other !== undefined && familyKey(other) === key ? [other] : [];
    } catch {
      return []; // whoever names it will be told what is wrong with it
    }
  });
}

/** What accuracies of the same images have in common, whatever engine measured them. */
function familyKey({ dataset, validation, quick }: RunIdentity): string {
  return canonicalJson({ digests: dataset.digests, held: validation?.digest ?? null, quick });
}

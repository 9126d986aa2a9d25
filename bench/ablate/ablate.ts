/**
 * Trains an iteration and its variants, seed by seed, and measures what each change costs.
 *
 * @module
 */
import { join } from "node:path";
import { sha256Hex } from "../../engine/digest.ts";
import { isVariant, VARIANTS_FROM } from "../../models/ablations/ablation.ts";
import { type AblationName, ABLATIONS } from "../../models/ablations/mod.ts";
import type { Iteration } from "../../models/iteration.ts";
import { RUNS } from "../command_line/needs.ts";
import { canonicalJson } from "../run/manifest.ts";
import { lengthSuffix } from "../run/options.ts";
import type { TrainingOptions } from "../run/training_flags.ts";
import type { Variant } from "./variants.ts";

/** Seeds of an ablation that names none: fewer show only what everybody sees anyway. */
export const ABLATION_SEEDS: readonly number[] = Array.from({ length: 10 }, (_, seed) => seed);

/** Where ablations go that name no folder: one for each iteration and each kind of run, and for each list of variants. */
export function ablationFolder(
  base: Iteration,
  { dataset, validate, quick, epochs }: TrainingOptions,
  listed: readonly Variant[] | undefined,
): string {
  const recipes = listed?.map(({ iteration: { layers, training } }) => ({ layers, training }));
  const parts = [
    `ablate-${base.id}`,
    ...(recipes === undefined ? [] : [digest(recipes)]),
    ...(dataset === "mnist" ? [] : [/^[\w-]+$/.test(dataset) ? dataset : digest(dataset)]),
    ...(validate ? ["validate"] : []),
  ];
  return join(RUNS, `${parts.join("-")}${lengthSuffix({ quick, epochs })}`);
}

const digest = (value: unknown) => sha256Hex(new TextEncoder().encode(canonicalJson(value))).slice(0, 8);

/** The variants that a folder holds, as their ablations describe them: what was listed in a file is named by its title. */
export function recordedVariants(iterations: readonly Iteration[]): Variant[] {
  const known = new Map(
    (Object.keys(ABLATIONS) as AblationName[]).map((name) => [ABLATIONS[name].number, name] as const),
  );
  return iterations.filter(isVariant).map((iteration) => {
    const name = known.get(iteration.id - VARIANTS_FROM);
    if (name !== undefined) {
      const { factor, instead } = ABLATIONS[name];
      return { name, factor, instead, iteration };
    }
    const [, listed = iteration.title] = iteration.title.match(/^\d+ with (.*)$/s) ?? [];
    return { name: listed, factor: listed, instead: listed, iteration };
  });
}

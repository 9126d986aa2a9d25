/**
 * Which variants of an iteration are trained: ablations by name, or those that a file lists.
 *
 * @module
 */
import { type Ablation, LISTED_FROM, variantOf } from "../../models/ablations/ablation.ts";
import { changesBetween } from "../../models/ablations/changes.ts";
import { type AblationName, ABLATIONS } from "../../models/ablations/mod.ts";
import { isRecord } from "../../models/fields.ts";
import type { Iteration, Training } from "../../models/iteration.ts";
import { countParameters } from "../../models/graph.ts";
import { checkLayers, type Layer } from "../../models/layers/mod.ts";
import { validateIteration } from "../../models/validate.ts";
import { sha256Hex } from "../../engine/digest.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { plural } from "../command_line/format.ts";

/** An iteration with one change. */
export interface Variant {
  readonly name: string;
  /** What it goes without. */
  readonly factor: string;
  readonly instead: string;
  readonly iteration: Iteration;
}

/** What is trained, and what could not be taken out because it is not there. */
export interface PlannedVariants {
  readonly variants: readonly Variant[];
  readonly leftOut: readonly AblationName[];
}

const NAMES = Object.keys(ABLATIONS) as AblationName[];

/**
 * Reads `--without`: names between commas.
 *
 * @throws {UsageError} If one is unknown or named twice.
 */
export function readAblationNames(text: string | undefined): AblationName[] | undefined {
  const given = text?.split(",").map((part) => part.trim());
  return given?.map((name, index) => {
    const known = NAMES.find((each) => each === name);
    if (known !== undefined && given.indexOf(name) === index) return known;
    throw new UsageError(
      `Cannot use --without: expected each once of ${NAMES.join(", ")}, got "${name}"${
        known === undefined ? "" : " twice"
      }`,
    );
  });
}

/**
 * The iteration without each of `names`; without all that it has where none are named.
 *
 * @throws {UsageError} If one that is named is not in it, or nothing is left.
 */
export function planAblations(base: Iteration, names: readonly AblationName[] | undefined): PlannedVariants {
  const leftOut: AblationName[] = [];
  const variants = (names ?? NAMES).flatMap((name): Variant[] => {
    const { number, factor, instead, change }: Ablation = ABLATIONS[name];
    const changed = change(base);
    if (changed === undefined) {
      if (names !== undefined) {
        throw new UsageError(
          `Cannot ablate iteration ${base.id}: expected something that "${name}" takes out (${factor}), got none; leave it out of --without`,
        );
      }
      leftOut.push(name);
      return [];
    }
    const title = `${base.id} without ${name}`;
    return [{ name, factor, instead, iteration: variantOf(base, { change: changed, number, title }) }];
  });
  if (variants.length === 0) {
    throw new UsageError(
      `Cannot ablate iteration ${base.id}: expected at least one of ${
        NAMES.join(", ")
      } in it, got none; list variants in a file (--variants)`,
    );
  }
  return { variants, leftOut };
}

const VARIANT_FIELDS: readonly string[] = ["name", "layers", "training"];
/** How many numbers there are for variants of a file. */
const NUMBERS = 899;

/**
 * The variants of a file's value, `{ "variants": [{ "name": …, "training": { … } }, { "name": …, "layers": [ … ] }] }`:
 * fields of the training that are named stand in the place of the iteration's, and so do layers.
 *
 * @throws {UsageError} If it is not of that form, or a variant changes nothing or more than one thing.
 */
export async function planListed(base: Iteration, value: unknown, file: string): Promise<PlannedVariants> {
  const refuse = (wanted: string, got: string, next: string) =>
    new UsageError(`Cannot use "${file}": expected ${wanted}, got ${got}; ${next}`);
  const list = isRecord(value) && Object.keys(value).join() === "variants" ? value.variants : undefined;
  if (!Array.isArray(list) || list.length === 0) {
    throw refuse(`"variants", a list`, "something else", `write { "variants": [ … ] }`);
  }
  const variants: Variant[] = [];
  for (const [index, each] of list.entries()) {
    const at = `variant ${index + 1}`;
    if (!isRecord(each) || typeof each.name !== "string" || each.name.trim() === "") {
      throw refuse(`a "name" of ${at}`, "none", "name it by what it goes without");
    }
    const unknown = Object.keys(each).find((field) => !VARIANT_FIELDS.includes(field));
    if (unknown !== undefined) {
      throw refuse(`${VARIANT_FIELDS.join(", ")} in "${each.name}"`, `"${unknown}"`, "leave it out");
    }
    if (each.training !== undefined && !isRecord(each.training)) {
      throw refuse(`an object as "training" of "${each.name}"`, typeof each.training, "name fields of it");
    }
    const { name } = each, layers = each.layers as readonly Layer[] | undefined;
    const recipe = {
      layers: layers ?? base.layers,
      training: { ...base.training, ...each.training as Partial<Training> | undefined },
    };
    const number = LISTED_FROM +
      parseInt(sha256Hex(new TextEncoder().encode(name)).slice(0, 8), 16) % NUMBERS;
    if (layers !== undefined && !Array.isArray(layers)) {
      throw refuse(`a list as "layers" of "${name}"`, typeof layers, "list every layer");
    }
    await asUsageError(() => Promise.resolve().then(() => checkRecipe(base, recipe, `${file}, "${name}"`)));
    const changes = changesBetween(base, recipe);
    if (changes.length !== 1) {
      throw new UsageError(
        `Cannot use "${name}" of "${file}": expected one change of iteration ${base.id}, got ${
          changes.length === 0 ? "none" : `${plural(changes.length, "change")} (${changes.join("; ")})`
        }; ${changes.length === 0 ? "leave it out" : "make a variant of each"}`,
      );
    }
    const change = layers === undefined ? { training: recipe.training } : { layers: recipe.layers };
    const iteration = variantOf(base, { change, number, title: `${base.id} with ${name}` });
    const twin = variants.find((other) => other.iteration.id === iteration.id || other.name === name);
    if (twin !== undefined) throw refuse("names that differ", `"${twin.name}" and "${name}"`, "rename one");
    variants.push({ name, factor: name, instead: changes[0], iteration });
  }
  return { variants, leftOut: [] };
}

/** Checks all but the count of parameters, which follows from the layers. @throws {TypeError | RangeError} */
function checkRecipe(
  base: Iteration,
  { layers, training }: Pick<Iteration, "layers" | "training">,
  subject: string,
): void {
  // a slip in a layer is told before anything is computed from it
  checkLayers(layers, { subject, path: "" });
  validateIteration({ ...base, layers, training, parameters: countParameters(layers) }, subject);
}

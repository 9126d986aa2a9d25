/**
 * Where a record's recipe comes from: the searches whose logs are published in `results/search`.
 *
 * @module
 */
import { join } from "node:path";
import type { Iteration } from "../../models/iteration.ts";
import { isRecord } from "../../models/fields.ts";
import { UsageError } from "../command_line/errors.ts";
import { SEARCHES } from "../command_line/needs.ts";
import { parseCsv, type RowOf } from "../run/csv.ts";
import { configHash } from "../run/manifest.ts";
import { SEARCH_PLAN } from "../run/run_record.ts";
import { readIfThere } from "../run/whole_files.ts";
import { TRIED, TRIED_COLUMNS } from "../search/tried_file.ts";
import { describe, type Distribution } from "../statistics/mod.ts";
import { sizeClassOf } from "./marks.ts";

/** A search as its log tells it. */
export interface PublishedSearch {
  /** Its candidates have no more parameters. */
  readonly most: number;
  /** Recipes by the number of their candidate, as digests of layers and training at full length. */
  readonly recipes: ReadonlyMap<number, string>;
  /** All that it trained, on held-out images alone. */
  readonly trials: readonly RowOf<typeof TRIED_COLUMNS>[];
}

/** What a recipe was chosen from. */
export interface Choice {
  /** Different recipes that searches among networks of its size have trained. */
  readonly recipes: number;
  /** Final accuracy on held-out images in its full length; absent where no search trained it so. */
  readonly heldOut?: Distribution;
}

/**
 * The published searches; none where there is no such folder.
 *
 * @throws {UsageError} If a folder there is none, or cannot be read.
 */
export function readSearches(root: string): PublishedSearch[] {
  return foldersIn(join(root, SEARCHES)).map((folder) => {
    const text = readIfThere(join(folder, SEARCH_PLAN)), file = join(folder, TRIED);
    const tried = readIfThere(file);
    if (text === undefined || tried === undefined) {
      throw new UsageError(
        `Cannot read the search in "${folder}": expected "${SEARCH_PLAN}" and "${TRIED}", got no "${
          text === undefined ? SEARCH_PLAN : TRIED
        }"; put it there or remove the folder`,
      );
    }
    return {
      ...parsePlan(text, join(folder, SEARCH_PLAN)),
      trials: parseCsv(TRIED_COLUMNS, tried, { name: file }),
    };
  });
}

function foldersIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => join(folder, name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function parsePlan(text: string, file: string): Pick<PublishedSearch, "most" | "recipes"> {
  const refuse = (wanted: string) => new UsageError(`Cannot read "${file}": expected ${wanted}, got none`);
  let plan: unknown;
  try {
    plan = JSON.parse(text);
  } catch {
    throw refuse("JSON");
  }
  if (!isRecord(plan) || typeof plan.most !== "number" || !Array.isArray(plan.candidates)) {
    throw refuse(`"most" and a list of "candidates"`);
  }
  const recipes = plan.candidates.map((candidate): [number, string] => {
    if (isRecord(candidate) && typeof candidate.id === "number" && typeof candidate.configHash === "string") {
      return [candidate.id, candidate.configHash];
    }
    throw refuse(`"id" and "configHash" of every candidate`);
  });
  return { most: plan.most, recipes: new Map(recipes) };
}

/** What `iteration` was chosen from; undefined where no search among networks of its size is published. */
export function choiceOf(
  iteration: Pick<Iteration, "layers" | "training" | "parameters">,
  searches: readonly PublishedSearch[],
): Choice | undefined {
  const sizeClass = sizeClassOf(iteration.parameters), own = configHash(iteration);
  const ofSize = searches.filter(({ most }) => sizeClassOf(most) === sizeClass);
  if (ofSize.length === 0) return undefined;
  const rows = ofSize.flatMap(({ recipes, trials }) =>
    trials.map((trial) => ({ ...trial, hash: recipes.get(trial.candidate) }))
  );
  // two searches that train the same recipe with the same seed make the same trial
  const accuracies = new Map(
    rows.filter(({ hash, epochs }) => hash === own && epochs === iteration.training.epochs)
      .flatMap(({ seed, finalValidationAccuracy }) =>
        finalValidationAccuracy === undefined ? [] : [[seed, finalValidationAccuracy] as const]
      ),
  );
  return {
    recipes: new Set(rows.map(({ hash }) => hash)).size,
    heldOut: describe([...accuracies.values()]),
  };
}

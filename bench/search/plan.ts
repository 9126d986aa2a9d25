/**
 * What a search sets out to do, as `search.json` keeps it: a folder belongs to one space.
 *
 * @module
 */
import { join } from "node:path";
import {
  type Candidate,
  type Candidates,
  expandSpace,
  type LeftOut,
} from "../../models/search/candidates.ts";
import { type Rung, seedsOf, type Space } from "../../models/search/space.ts";
import { UsageError } from "../command_line/errors.ts";
import { RUNS } from "../command_line/needs.ts";
import { canonicalJson, configHash } from "../run/manifest.ts";
import { QUICK_EPOCHS } from "../run/options.ts";
import { replaceFile } from "../run/run_folder.ts";
import { SEARCH_PLAN } from "../run/run_record.ts";
import type { TrainingOptions } from "../run/training_flags.ts";
import { readIfThere } from "../run/whole_files.ts";
import { keptCount } from "./rank.ts";

/** A round with its seeds named. */
export interface PlannedRung extends Pick<Rung, "epochs" | "keep"> {
  readonly seeds: readonly number[];
  /** How many candidates begin it. */
  readonly candidates: number;
}

/** A search before anything is trained. */
export interface SearchPlan {
  readonly space: Pick<Space, "name" | "title">;
  readonly most: number;
  readonly dataset: string;
  readonly quick: boolean;
  readonly rungs: readonly PlannedRung[];
  /** Names of the options of each choice. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
  readonly candidates: readonly Candidate[];
  readonly leftOut: readonly LeftOut[];
  readonly possible: number;
}

/** A quick search takes no more of each. */
const QUICK = { candidates: 4, seeds: 2 };

/**
 * The plan of a space.
 *
 * @throws {TypeError | RangeError} As `expandSpace`.
 */
export function planSearch(
  value: unknown,
  subject: string,
  { quick, dataset }: Pick<TrainingOptions, "quick" | "dataset">,
): SearchPlan {
  const expanded: Candidates = expandSpace(value, subject), space = value as Space;
  const candidates = quick ? expanded.candidates.slice(0, QUICK.candidates) : expanded.candidates;
  let count = candidates.length;
  const rungs = space.rungs.map((rung): PlannedRung => {
    const planned = {
      epochs: quick ? Math.min(rung.epochs, QUICK_EPOCHS) : rung.epochs,
      seeds: quick ? seedsOf(rung).slice(0, QUICK.seeds) : seedsOf(rung),
      ...(rung.keep === undefined ? {} : { keep: rung.keep }),
      candidates: count,
    };
    count = keptCount(rung.keep, count);
    return planned;
  });
  const options = Object.entries(space.choices ?? {}).map(([choice, each]) => [choice, Object.keys(each)]);
  return {
    space: { name: space.name, title: space.title },
    most: space.parameters.most,
    dataset,
    quick,
    rungs,
    choices: Object.fromEntries(options),
    candidates,
    leftOut: expanded.leftOut,
    possible: expanded.possible,
  };
}

/** Where a search goes that names no folder. */
export function searchFolder({ space, dataset, quick }: SearchPlan): string {
  const data = dataset === "mnist" ? "" : `-${dataset.replaceAll(/[^\w-]+/g, "_")}`;
  return join(RUNS, `search-${space.name}${data}${quick ? "-quick" : ""}`);
}

/** Trials of each rung that no earlier one of the same length has: who is left was in all rungs before. */
export function newTrials({ rungs }: SearchPlan): number[] {
  return rungs.map(({ epochs, seeds, candidates }, index) => {
    const there = new Set(rungs.slice(0, index).flatMap((rung) => rung.epochs === epochs ? rung.seeds : []));
    return candidates * seeds.filter((seed) => !there.has(seed)).length;
  });
}

/** What decides a search's result: a folder with another one is another search's. */
function decisive({ dataset, quick, rungs, candidates }: SearchPlan) {
  return {
    "data set": dataset,
    quick,
    rungs: rungs.map(({ epochs, seeds, keep }) => ({
      epochs,
      seeds,
      ...(keep === undefined ? {} : { keep }),
    })),
    candidates: candidates.map(({ name, choices, iteration }) => ({
      id: iteration.id,
      name,
      choices,
      parameters: iteration.parameters,
      configHash: configHash(iteration),
    })),
  };
}

/**
 * Makes the folder a search's own, or checks that it is this one's already.
 *
 * @throws {UsageError} If it holds something else, or another search.
 */
export function claimFolder(folder: string, plan: SearchPlan): void {
  const path = join(folder, SEARCH_PLAN), text = readIfThere(path), wanted = decisive(plan);
  const refuse = (expected: string, got: string) =>
    new UsageError(
      `Cannot search in "${folder}": expected ${expected}, got ${got}; choose another --out, or remove the folder`,
    );
  if (text === undefined) {
    // a search that was killed as it began leaves part of its file
    const stranger = namesIn(folder).find((name) => !name.endsWith(".tmp"));
    if (stranger !== undefined) {
      throw refuse(`an empty folder or one with "${SEARCH_PLAN}"`, `"${stranger}" in it`);
    }
    Deno.mkdirSync(folder, { recursive: true });
    const { space, most, possible, leftOut } = plan;
    const document = { ...space, most, possible, ...wanted, leftOut };
    replaceFile(folder, SEARCH_PLAN, `${JSON.stringify(document, null, 2)}\n`, { lasting: true });
    return;
  }
  let found: Readonly<Record<string, unknown>>;
  try {
    found = JSON.parse(text);
  } catch {
    throw refuse(`JSON in "${SEARCH_PLAN}"`, "something else");
  }
  for (const [what, value] of Object.entries(wanted)) {
    if (canonicalJson(value) === canonicalJson(found?.[what] ?? null)) continue;
    throw refuse(`the ${what} that it was begun with`, what === "candidates" ? "others" : short(value));
  }
}

const short = (value: unknown) => {
  const text = canonicalJson(value);
  return text.length > 80 ? "others" : text;
};

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new UsageError(
      `Cannot search in "${folder}": expected a folder, got "${
        (error as Error).message
      }"; choose another --out`,
    );
  }
}

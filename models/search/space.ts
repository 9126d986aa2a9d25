/**
 * What a search tries: a recipe, named changes of it, and how many epochs and seeds each round gives to whom.
 *
 * A file in `models/spaces/` exports one `Space`, and so does any other file; one in JSON has the same words, with
 * changes as data alone.
 *
 * @module
 */
import {
  type At,
  checkFields,
  complaint,
  fraction,
  isRecord,
  object,
  optional,
  positiveInteger,
  show,
  wholeNumber,
} from "../fields.ts";
import type { Iteration, Training } from "../iteration.ts";
import type { Layer } from "../layers/mod.ts";

/** What decides what is learnt. */
export type Recipe = Pick<Iteration, "layers" | "training">;

type Partly<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: T[K] } : T;

/**
 * Parts of a recipe that are to be others. Fields that are named stand in the place of the recipe's; inside optimizer,
 * schedule and other objects too, unless `kind` is another one: then it is all of it. Lists are replaced as a whole.
 */
export interface Parts {
  readonly layers?: readonly Layer[];
  readonly training?: { readonly [K in keyof Training]?: Partly<Training[K]> };
}

/** Parts that are to be others, or a function that gives the whole recipe. */
export type Change = Parts | ((recipe: Recipe) => Recipe);

/** Changes by their names. */
export type Changes = Readonly<Record<string, Change>>;

/** A round of the search. */
export interface Rung {
  /** The whole schedule runs in so many. */
  readonly epochs: number;
  /** How many, from 0, or which; the same for every candidate. */
  readonly seeds: number | readonly number[];
  /** How many go on, or, below 1, which share of them; absent in the last rung, which one wins. */
  readonly keep?: number;
}

/** What a search tries, and how. */
export interface Space {
  /** Names the folder of its results. */
  readonly name: string;
  readonly title: string;
  /** Candidates with more trainable parameters are left out. */
  readonly parameters: { readonly most: number };
  readonly rungs: readonly Rung[];
  /** What every candidate is a change of. Its epochs are the winner's: no change has others. */
  readonly base: Recipe;
  /** Every combination of one change of each choice is a candidate; changes are made in this order. */
  readonly choices?: Readonly<Record<string, Changes>>;
  /** Candidates beside those of the choices. */
  readonly candidates?: Changes;
  /** Only so many of all candidates, drawn by this seed. */
  readonly sample?: { readonly count: number; readonly seed: number };
}

/** Texts go into tables and file formats of one line. */
const isShown = (value: unknown): value is string =>
  typeof value === "string" && /^(?! )(?:[^\p{C}\p{Z}]| ){1,100}(?<! )$/u.test(value);
const SHOWN = "a text of at most 100 visible characters";
const shownText = { wanted: SHOWN, accepts: isShown };

const FIELDS = {
  name: {
    wanted: `a name of letters, digits, "-" and "_"`,
    accepts: (value: unknown): value is string => typeof value === "string" && /^[\w-]{1,60}$/.test(value),
  },
  title: shownText,
  parameters: object({ most: positiveInteger }),
  rungs: {
    wanted: "a list of at least one rung",
    accepts: (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length > 0,
  },
  base: { wanted: `a recipe: "layers" and "training"`, accepts: isRecipe },
  choices: optional({ wanted: "an object of choices", accepts: isRecord }),
  candidates: optional({ wanted: "an object of changes by name", accepts: isRecord }),
  sample: optional(object({ count: positiveInteger, seed: wholeNumber })),
};

/** Whether a value has the form of a recipe. */
export function isRecipe(value: unknown): value is Recipe {
  return isRecord(value) && Array.isArray(value.layers) && isRecord(value.training);
}

const isSeed = (value: unknown) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 0xffff_ffff;

const RUNG = {
  epochs: positiveInteger,
  seeds: {
    wanted: "a number of seeds, or a list of different ones",
    accepts: (value: unknown): value is Rung["seeds"] =>
      Array.isArray(value)
        ? value.length > 0 && value.every(isSeed) && new Set(value).size === value.length
        : positiveInteger.accepts(value),
  },
  keep: optional({
    wanted: "a whole number of candidates, or a share above 0 and below 1",
    accepts: (value: unknown): value is number =>
      positiveInteger.accepts(value) || (fraction.accepts(value) && value > 0 && value < 1),
  }),
};

/**
 * Checks all of a space but its candidates, which `expandSpace` checks one by one.
 *
 * @throws {TypeError | RangeError} At the first thing that is not as it should be; the message names it.
 */
export function checkSpace(value: unknown, subject: string): asserts value is Space {
  const at: At = { subject, path: "" };
  checkFields(FIELDS, value, at);
  const space = value as Space;
  space.rungs.forEach((rung, index) => {
    const here = { subject, path: `rung ${index + 1}` };
    checkFields(RUNG, rung, here);
    if (rung.keep === undefined && index < space.rungs.length - 1) {
      throw new TypeError(complaint(here, `"keep" in every rung but the last`, "none", "say how many go on"));
    }
  });
  for (const [choice, options] of Object.entries(space.choices ?? {})) {
    checkChanges(options, { subject, path: `choice "${choice}"` });
    if (!isShown(choice)) {
      throw new TypeError(complaint(at, `${SHOWN} as the name of a choice`, show(choice)));
    }
  }
  if (space.candidates !== undefined) checkChanges(space.candidates, { subject, path: "candidates" });
  if (space.choices === undefined && space.candidates === undefined) {
    throw new TypeError(complaint(at, `"choices" or "candidates"`, "neither"));
  }
}

function checkChanges(changes: unknown, at: At): void {
  if (!isRecord(changes) || Object.keys(changes).length === 0) {
    throw new TypeError(complaint(at, "an object of changes by name", show(changes)));
  }
  for (const [name, change] of Object.entries(changes)) {
    if (!isShown(name)) throw new TypeError(complaint(at, `${SHOWN} as a name`, show(name)));
    const here = { ...at, path: `${at.path}, "${name}"` };
    if (isRecord(change)) checkFields(PARTS, change, here);
    else if (typeof change !== "function") throw new TypeError(complaint(here, CHANGE, show(change)));
  }
}

const CHANGE = `an object with "layers" or "training", or a function`;
const PARTS = {
  layers: optional({ wanted: "a list of layers", accepts: Array.isArray }),
  training: optional({ wanted: "an object", accepts: isRecord }),
};

/** A recipe with a change made. */
export function changed({ layers, training }: Recipe, change: Change): Recipe {
  if (typeof change === "function") return change({ layers, training });
  const merged: Record<string, unknown> = { ...training };
  for (const [field, value] of Object.entries(change.training ?? {})) {
    merged[field] = mergedField(merged[field], value);
  }
  return { layers: change.layers ?? layers, training: merged as Training };
}

function mergedField(before: unknown, after: unknown): unknown {
  const isPart = isRecord(before) && isRecord(after) &&
    (after.kind === undefined || after.kind === before.kind);
  return isPart ? { ...before, ...after } : after;
}

/** The seeds of a rung. */
export function seedsOf({ seeds }: Pick<Rung, "seeds">): readonly number[] {
  return typeof seeds === "number" ? Array.from({ length: seeds }, (_, seed) => seed) : seeds;
}

/**
 * The candidates of a space: every combination of its choices, and those that it lists.
 *
 * @module
 */
import { philox4x32 } from "../../random/philox.ts";
import { type At, complaint, show } from "../fields.ts";
import { buildGraph } from "../graph.ts";
import { canonicalRecipe, checkIterationFields, type Iteration } from "../iteration.ts";
import { checkLayers } from "../layers/mod.ts";
import { checkSchedule, validateIteration } from "../validate.ts";
import { atLength } from "./length.ts";
import { type Change, changed, checkSpace, isRecipe, type Recipe, type Space } from "./space.ts";

/** One recipe of a space, as an iteration with a number of its own. */
export interface Candidate {
  readonly name: string;
  /** Which change of each choice; empty where the space lists it. */
  readonly choices: Readonly<Record<string, string>>;
  /** In its whole length. */
  readonly iteration: Iteration;
}

/** A candidate that is not tried. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

export interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly leftOut: readonly LeftOut[];
  /** Of those that could be tried, before a sample was drawn. */
  readonly possible: number;
}

/** Numbers of candidates begin behind this one: those below are of iterations and of the field. */
const CANDIDATES_FROM = 1000;
/** Variants of an ablation begin there. */
const MOST_CANDIDATES = 8000;
/** Beyond this, nobody waits for the list. */
const MOST_COMBINATIONS = 100_000;

/**
 * The candidates of a space, checked; `subject` names it in messages, a file's name is best.
 *
 * Too many parameters, layers that do not fit together and recipes that are there already are left out; a word that
 * is unknown is an error.
 *
 * @throws {TypeError | RangeError} If the space or a recipe is not what it should be, or nothing is left.
 */
export function expandSpace(value: unknown, subject: string): Candidates {
  checkSpace(value, subject);
  const space: Space = value;
  const leftOut: LeftOut[] = [], possible: Omit<Candidate, "iteration">[] = [], recipes: Iteration[] = [];
  const seen = new Map<string, string>();
  for (const { name, choices, change } of combinations(space, subject)) {
    const recipe = recipeOf(space, { name, changes: change, subject });
    const result = judge(recipe, { space, seen, name });
    if ("reason" in result) leftOut.push({ name, reason: result.reason });
    else {
      seen.set(result.key, name);
      possible.push({ name, choices });
      recipes.push(result.iteration);
    }
  }
  if (possible.length === 0) {
    throw new RangeError(
      `Cannot use ${subject}: expected a candidate that can be tried, got none of ${leftOut.length}${
        leftOut.length === 0 ? "" : ` (${leftOut[0].name}: ${leftOut[0].reason})`
      }; change the limit or the choices`,
    );
  }
  const places = space.sample === undefined ? possible.keys() : drawn(possible.length, space.sample);
  const candidates = [...places].map((place, index): Candidate => ({
    ...possible[place],
    iteration: { ...recipes[place], id: CANDIDATES_FROM + 1 + index },
  }));
  if (candidates.length > MOST_CANDIDATES) {
    throw new RangeError(
      `Cannot use ${subject}: expected at most ${MOST_CANDIDATES} candidates, got ${candidates.length}; give it a "sample"`,
    );
  }
  return { candidates, leftOut, possible: possible.length };
}

interface Combination {
  readonly name: string;
  readonly choices: Readonly<Record<string, string>>;
  readonly change: readonly Change[];
}

function* combinations({ choices = {}, candidates = {} }: Space, subject: string): Generator<Combination> {
  const factors = Object.entries(choices), names = new Set<string>();
  const count = factors.reduce((product, [, options]) => product * Object.keys(options).length, 1);
  if (count > MOST_COMBINATIONS) {
    throw new RangeError(
      `Cannot use ${subject}: expected at most ${MOST_COMBINATIONS} combinations of its choices, got ${count}; leave some out`,
    );
  }
  let all: Combination[] = factors.length === 0 ? [] : [{ name: "", choices: {}, change: [] }];
  for (const [factor, options] of factors) {
    all = all.flatMap((before) =>
      Object.entries(options).map(([option, change]) => ({
        name: before.name === "" ? option : `${before.name}, ${option}`,
        choices: { ...before.choices, [factor]: option },
        change: [...before.change, change],
      }))
    );
  }
  const listed = Object.entries(candidates).map(([name, change]) => ({
    name,
    choices: {},
    change: [change],
  }));
  for (const each of [...all, ...listed]) {
    if (names.has(each.name)) {
      throw new TypeError(
        `Cannot use ${subject}: expected names that differ, got "${each.name}" twice; rename one of them`,
      );
    }
    names.add(each.name);
    yield each;
  }
}

function recipeOf(
  space: Space,
  { name, changes, subject }: {
    readonly name: string;
    readonly changes: readonly Change[];
    readonly subject: string;
  },
): Recipe {
  const at = { subject: `${subject}, "${name}"`, path: "" };
  const { layers, training } = withChanges(space.base, changes, at);
  // a word that nobody knows is a slip, and not a candidate that does not fit
  if (Array.isArray(layers)) checkLayers(layers, at);
  checkIterationFields({ id: 1, title: name, layers, parameters: 1, training }, at);
  if (training.epochs !== space.base.training.epochs) {
    throw new RangeError(
      complaint(
        at,
        `the base's ${space.base.training.epochs} epochs`,
        show(training.epochs),
        "rungs have lengths",
      ),
    );
  }
  for (const { epochs } of space.rungs) atLength(training, epochs);
  return structuredClone({ layers, training });
}

function withChanges(base: Recipe, changes: readonly Change[], at: At): Recipe {
  let recipe: unknown;
  try {
    recipe = changes.reduce(changed, base);
  } catch (error) {
    throw new TypeError(
      complaint(at, "a change that can be made", `"${error instanceof Error ? error.message : error}"`),
      {
        cause: error,
      },
    );
  }
  if (isRecipe(recipe)) return recipe;
  throw new TypeError(complaint(at, `a change to give "layers" and "training"`, show(recipe)));
}

/** In messages, from which it is taken out: the candidate's name stands before them. */
const SUBJECT = "the candidate";

function judge(
  recipe: Recipe,
  { space, seen, name }: {
    readonly space: Space;
    readonly seen: ReadonlyMap<string, string>;
    readonly name: string;
  },
): { readonly iteration: Iteration; readonly key: string } | { readonly reason: string } {
  let iteration: Iteration;
  try {
    const parameters = buildGraph(recipe.layers, { subject: SUBJECT }).parameterCount;
    iteration = { id: 1, title: name, ...recipe, parameters };
    validateIteration(iteration, SUBJECT);
    for (const { epochs } of space.rungs) {
      // what is an epoch of a long rung may be none of a short one
      checkSchedule(atLength(recipe.training, epochs), { subject: SUBJECT, path: "" });
    }
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    return {
      reason: error.message.replace(`Cannot use ${SUBJECT}, `, "").replace(`Cannot use ${SUBJECT}: `, ""),
    };
  }
  const { parameters } = iteration, { most } = space.parameters;
  if (parameters > most) return { reason: `${parameters} parameters, more than ${most}` };
  const key = JSON.stringify(canonicalRecipe(recipe)), twin = seen.get(key);
  return twin === undefined ? { iteration, key } : { reason: `the same recipe as "${twin}"` };
}

/** Places of a sample without repetition, ascending; all where there are no more. */
function drawn(count: number, sample: { readonly count: number; readonly seed: number }): number[] {
  const words = new Uint32Array(4);
  const ranked = Array.from({ length: count }, (_, place) => {
    philox4x32(place, 0, 0, 0, sample.seed, 0, words);
    return { place, word: words[0] };
  });
  return ranked.sort((a, b) => a.word - b.word || a.place - b.place).slice(0, sample.count)
    .map(({ place }) => place).sort((a, b) => a - b);
}

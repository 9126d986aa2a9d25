/**
 * What a manifest must be before anyone reads it: it may come from somebody else.
 *
 * Every value has the type that the program takes it for, every number a bound, and no text holds characters that
 * cannot be seen.
 *
 * @module
 */
import { buildGraph } from "../../models/graph.ts";
import { checkIterationFields, type Iteration } from "../../models/iteration.ts";
import { quote, visible } from "../command_line/quote.ts";

/** Says what was expected where, and what is there instead. */
export class SchemaMismatch extends Error {
  constructor(readonly wanted: string, readonly got: string) {
    super(`expected ${wanted}, got ${got}`);
  }
}

type Check = (value: unknown, at: string) => void;

const UINT32_MAX = 0xffff_ffff;
const MOST_IMAGES = 10_000_000;
const MOST_EPOCHS = 100_000;
const MOST_TEXT = 4096;
const MOST_ENTRIES = 1_000_000;
const MOST_DEPTH = 16;
/** Beyond any recipe or count: larger numbers are mistakes, and take seconds to draw. */
const MOST_NUMBER = 1e12;

function refuse(wanted: string, at: string, value: unknown): SchemaMismatch {
  const text = value === undefined ? "none" : JSON.stringify(value);
  return new SchemaMismatch(`${wanted} in "${visible(at)}"`, text.length <= 40 ? visible(text) : quote(text));
}

function integer(least: number, most: number): Check {
  return (value, at) => {
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
      throw refuse(`a whole number from ${least} to ${most}`, at, value);
    }
  };
}

function oneOf(...values: readonly unknown[]): Check {
  return (value, at) => {
    if (!values.includes(value)) {
      throw refuse(values.map((each) => JSON.stringify(each)).join(" or "), at, value);
    }
  };
}

function optional(check: Check): Check {
  return (value, at) => value === undefined || check(value, at);
}

function nullOr(check: Check): Check {
  return (value, at) => value === null || check(value, at);
}

function list(check: Check, { least = 0 } = {}): Check {
  return (value, at) => {
    if (!Array.isArray(value) || value.length > MOST_ENTRIES) throw refuse("a list", at, value);
    if (value.length < least) throw refuse(`a list of at least ${least}`, at, value);
    value.forEach((each, index) => check(each, `${at}[${index}]`));
  };
}

function object(fields: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (!isObject(value)) throw refuse("an object", at, value);
    for (const [name, check] of Object.entries(fields)) {
      check(value[name], at === "" ? name : `${at}.${name}`);
    }
  };
}

const boolean = oneOf(true, false);
const date: Check = (value, at) => {
  if (typeof value !== "string" || !/^[\dT:.Z+-]{10,40}$/.test(value) || Number.isNaN(Date.parse(value))) {
    throw refuse("a date", at, value);
  }
};
const sha256: Check = (value, at) => {
  if (typeof value !== "string" || !/^[0-9a-f]{64}$/.test(value)) throw refuse("a SHA-256", at, value);
};
const trialName: Check = (value, at) => {
  if (typeof value !== "string" || !/^iteration-\d{1,4}-seed-\d{1,10}$/.test(value)) {
    throw refuse('a trial such as "iteration-1-seed-0"', at, value);
  }
};
const text: Check = (value, at) => {
  if (typeof value !== "string") throw refuse("a text", at, value);
  checkData(value, at);
};
const digests: Check = (value, at) => {
  if (!isObject(value)) throw refuse("an object", at, value);
  for (const [file, digest] of Object.entries(value)) text(digest, `${at}.${file}`);
};

/** What `models/` takes for an iteration, and the hash beside it. */
const iteration: Check = (value, at) => {
  if (!isObject(value)) throw refuse("an object", at, value);
  checkData(value, at);
  const { configHash, ...given } = value;
  sha256(configHash, `${at}.configHash`);
  try {
    checkIterationFields(given, { subject: at, path: "" });
    buildGraph((given as unknown as Iteration).layers, { subject: at });
  } catch (error) {
    throw new SchemaMismatch(
      `an iteration in "${at}"`,
      error instanceof Error ? quote(error.message) : "none",
    );
  }
};
const invocation = object({
  start: date,
  end: nullOr(date),
  outcome: oneOf("running", "completed", "interrupted", "broken"),
  device: text,
  workers: integer(0, 1_000_000),
  deno: text,
  v8: text,
  os: text,
  cpu: text,
  cores: integer(0, 1_000_000),
  git: nullOr(object({ commit: text, dirty: nullOr(boolean) })),
  trials: list(trialName),
  keptWeights: optional(list(trialName)),
  planned: optional(object({ plan: sha256, shard: optional(text), host: text })),
});
const manifest = object({
  dataset: object({
    name: text,
    digests,
    trainImages: integer(1, MOST_IMAGES),
    testImages: integer(1, MOST_IMAGES),
  }),
  engine: object({ name: text, version: integer(0, UINT32_MAX), device: optional(text) }),
  validation: optional(object({
    images: integer(1, MOST_IMAGES),
    writers: nullOr(integer(1, MOST_IMAGES)),
    digest: sha256,
  })),
  quick: boolean,
  epochs: nullOr(integer(1, MOST_EPOCHS)),
  iterations: list(iteration),
  seeds: list(integer(0, UINT32_MAX)),
  freshSeeds: optional(list(object({ commit: text, seeds: list(integer(0, UINT32_MAX)) }))),
  tried: optional(object({
    recipes: integer(0, MOST_ENTRIES),
    ideas: integer(0, MOST_ENTRIES),
    trials: integer(0, MOST_ENTRIES),
  })),
  invocations: list(invocation),
});

/**
 * Checks a manifest of the present schema.
 *
 * @throws {SchemaMismatch} At the first value that is not what it should be.
 */
export function checkManifest(value: unknown): void {
  manifest(value, "");
  checkData(value, "");
}

/** What holds for every value, whatever it means. */
function checkData(value: unknown, at: string, depth = 0): void {
  if (depth > MOST_DEPTH) throw refuse(`at most ${MOST_DEPTH} levels`, at, "more");
  if (typeof value === "number" && !(Math.abs(value) <= MOST_NUMBER)) {
    throw refuse(`a number of at most ${MOST_NUMBER}`, at, value);
  } else if (typeof value === "string") {
    if (value.length > MOST_TEXT) throw refuse(`a text of at most ${MOST_TEXT} characters`, at, value);
    if (visible(value) !== value) throw refuse("text that can be seen", at, value);
  } else if (Array.isArray(value)) {
    value.forEach((each, index) => checkData(each, `${at}[${index}]`, depth + 1));
  } else if (isObject(value)) {
    for (const [name, each] of Object.entries(value)) {
      if (name === "__proto__") throw refuse("no such name", at, name);
      const inside = at === "" ? name : `${at}.${name}`;
      checkData(name, inside, depth + 1);
      checkData(each, inside, depth + 1);
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

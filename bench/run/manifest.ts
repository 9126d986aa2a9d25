/**
 * The manifest of a run folder: what its rows were measured with, and whether more may be added to them.
 *
 * @module
 */
import { sha256Hex } from "../../engine/digest.ts";
import { canonicalRecipe, type Iteration } from "../../models/iteration.ts";
import type { Environment } from "./environment.ts";
import { UsageError } from "../command_line/errors.ts";
import { quote } from "../command_line/quote.ts";
import { addFreshSeeds, type FreshSeeds } from "./fresh_seeds.ts";
import { checkManifest, SchemaMismatch } from "./manifest_schema.ts";
import { type TrialId, trialKey } from "./rows.ts";

/** Where an engine gives the same trial the same bits; one that is not named promises none. */
export const SAME_BITS: Readonly<Record<string, "everywhere" | "sameDevice">> = {
  wasm: "everywhere",
  webgpu: "sameDevice",
};

/** Raised when a manifest or a CSV file changes its meaning. */
export const SCHEMA = 2;

/** The training images that were held out. */
export interface Validation {
  readonly images: number;
  /** Of how many writers; null where the data set knows none, and the last images stand in. */
  readonly writers: number | null;
  /** SHA-256 of their places in the training set. */
  readonly digest: string;
}

/** What has been trained on the data of a folder, in this folder and its family. */
export interface Tried {
  /** Different layers or training. */
  readonly recipes: number;
  /**
   * Those of them that nobody has published and that are no ablation of the project's: the person's own ideas, of which
   * the best is chosen.
   */
  readonly ideas: number;
  /** Recipes with a seed. */
  readonly trials: number;
}

/** What all rows of a folder have in common; a run with another identity needs another folder. */
export interface RunIdentity {
  readonly schema: number;
  readonly dataset: {
    readonly name: string;
    readonly digests: Readonly<Record<string, string>>;
    readonly trainImages: number;
    /** Images that accuracies are counted on: of the test set, or those held out of a validation run. */
    readonly testImages: number;
  };
  /** Present where accuracies are of training images that were held out, and the test set was never evaluated. */
  readonly validation?: Validation;
  readonly engine: {
    readonly name: string;
    readonly version: number;
    /** Where the bits are those of one device, see `SAME_BITS`. */
    readonly device?: string;
  };
  readonly quick: boolean;
  /** Trials stop after so many epochs; null for each iteration's own length. */
  readonly epochs: number | null;
}

/** An iteration as it was trained. */
export interface RecordedIteration extends Iteration {
  /** Of what decides the weights: layers and training. */
  readonly configHash: string;
}

/** One command that trained trials into the folder. */
export interface Invocation extends Environment {
  readonly start: string;
  /** Null while it runs, and for ever after a crash. */
  readonly end: string | null;
  readonly outcome: "running" | "completed" | "interrupted" | "broken";
  readonly device: string;
  readonly workers: number;
  /** The trials that it set out to train, as `iteration-1-seed-0`. */
  readonly trials: readonly string[];
  /** Those of them whose weights it was to keep; absent where it was not recorded. */
  readonly keptWeights?: readonly string[];
  /** Where it trained a plan, or a shard of one. */
  readonly planned?: PlannedPart;
}

/** What a command trained of a plan, and where. */
export interface PlannedPart {
  /** SHA-256 of the plan's file. */
  readonly plan: string;
  /** `3/8`; absent where it was to train all of it. */
  readonly shard?: string;
  /** The machine's name. */
  readonly host: string;
}

export interface Manifest extends RunIdentity {
  /** Ascending by id. */
  readonly iterations: readonly RecordedIteration[];
  readonly seeds: readonly number[];
  /** Those of the seeds that commits gave; absent where none. */
  readonly freshSeeds?: readonly FreshSeeds[];
  /** As counted when the last command began; absent where nobody has counted. */
  readonly tried?: Tried;
  readonly invocations: readonly Invocation[];
}

/** JSON with the keys of every object sorted and nothing between tokens: equal values, equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each !== "object" || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0));
  });
}

/** SHA-256 of what decides an iteration's weights: its layers and its training, however they are spelled. */
export function configHash(iteration: Pick<Iteration, "layers" | "training">): string {
  return sha256Hex(new TextEncoder().encode(canonicalJson(canonicalRecipe(iteration))));
}

/** Something that two runs must have in common and do not. */
export interface RunDifference {
  readonly what: string;
  readonly there: string | number;
  readonly here: string | number;
}

/** The first thing in which `here` is another run than `there`; undefined where rows of both may stand together. */
export function runDifference(there: RunIdentity, here: RunIdentity): RunDifference | undefined {
  const epochs = (limit: number | null) => limit === null ? "full length" : String(limit);
  const device = (of: RunIdentity) => of.engine.device === undefined ? "any device" : `"${of.engine.device}"`;
  const held = ({ validation }: RunIdentity) =>
    validation === undefined ? "the test set" : `held-out images with SHA-256 ${validation.digest}`;
  const values = (of: RunIdentity): Readonly<Record<string, string | number>> => ({
    "data set": of.dataset.name,
    "accuracies of": held(of),
    quick: String(of.quick),
    epochs: epochs(of.epochs),
    engine: of.engine.name,
    [`${here.engine.name} version`]: of.engine.version,
    [`${here.engine.name} on`]: device(of),
    "training images": of.dataset.trainImages,
    "test images": of.dataset.testImages,
  });
  const wanted = values(there), got = values(here);
  for (const what of Object.keys(wanted)) {
    if (wanted[what] !== got[what]) return { what, there: wanted[what], here: got[what] };
  }
  const files = [there, here].flatMap(({ dataset }) => Object.keys(dataset.digests));
  for (const file of [...new Set(files)].sort()) {
    const [a, b] = [there, here].map(({ dataset }) => dataset.digests[file] ?? "none");
    if (a !== b) return { what: `SHA-256 of "${file}"`, there: a, here: b };
  }
  return undefined;
}

/** The first of `iterations` that has other layers or training in `recorded`; one that is not there is none. */
export function recipeDifference(
  recorded: readonly RecordedIteration[],
  iterations: readonly Iteration[],
): RunDifference | undefined {
  for (const iteration of iterations) {
    const there = recorded.find(({ id }) => id === iteration.id)?.configHash, here = configHash(iteration);
    if (there !== undefined && there !== here) {
      return { what: `layers and training of iteration ${iteration.id} with SHA-256`, there, here };
    }
  }
  return undefined;
}

/**
 * Checks that trials of `identity` and `iterations` may join those of `manifest`.
 *
 * @throws {UsageError} At the first difference.
 */
export function checkSameRun(
  manifest: Manifest,
  identity: RunIdentity,
  options: { readonly folder: string; readonly iterations: readonly Iteration[] },
): void {
  const refuse = ({ what, there, here }: RunDifference, next: string) =>
    new UsageError(
      `Cannot add to "${options.folder}": expected ${what} ${there} as in the folder, got ${here}; ${next}`,
    );
  const other = runDifference(manifest, identity);
  if (other !== undefined) throw refuse(other, "choose another --out");
  const edited = recipeDifference(manifest.iterations, options.iterations);
  if (edited !== undefined) {
    throw refuse(
      edited,
      "choose another --out, or leave it out: an edited iteration then gets a folder of its own",
    );
  }
}

/** The manifest of a folder that has none yet. */
export function newManifest(identity: RunIdentity): Manifest {
  return { ...identity, iterations: [], seeds: [], invocations: [] };
}

/** The manifest with the iterations and seeds of a run added; recorded iterations take today's criteria and claim. */
export function withPlan(
  manifest: Manifest,
  iterations: readonly Iteration[],
  seeds: readonly number[],
): Manifest {
  const added = iterations.map((iteration) => ({ ...iteration, configHash: configHash(iteration) }));
  const kept = manifest.iterations.filter((each) => !iterations.some((one) => one.id === each.id));
  return {
    ...manifest,
    iterations: [...kept, ...added].sort((a, b) => a.id - b.id),
    seeds: [...new Set([...manifest.seeds, ...seeds])].sort((a, b) => a - b),
  };
}

/** The manifest with seeds marked as given by a commit. */
export function withFreshSeeds(manifest: Manifest, fresh: FreshSeeds): Manifest {
  return { ...manifest, freshSeeds: addFreshSeeds(manifest.freshSeeds ?? [], fresh) };
}

interface PlannedTrial {
  readonly iteration: Iteration;
  readonly seed: number;
}

/** The manifest with one more command. */
export function withInvocation(
  manifest: Manifest,
  invocation: Omit<Invocation, "end" | "outcome" | "trials" | "keptWeights">,
  trials: readonly PlannedTrial[],
  keepsWeights: (trial: PlannedTrial) => boolean = () => false,
): Manifest {
  const { start, device, workers, ...environment } = invocation;
  const started: Invocation = {
    start,
    end: null,
    outcome: "running",
    device,
    workers,
    ...environment,
    trials: trials.map(keyOf),
    keptWeights: trials.filter(keepsWeights).map(keyOf),
  };
  return { ...manifest, invocations: [...manifest.invocations, started] };
}

function keyOf({ iteration, seed }: PlannedTrial): string {
  return trialKey({ iteration: iteration.id, seed });
}

/** The command that trained a trial last; undefined where no command says that it did. */
export function invocationOf(manifest: Manifest, trial: TrialId): Invocation | undefined {
  return manifest.invocations.findLast(({ trials }) => trials.includes(trialKey(trial)));
}

/** The trials whose weights are to be in the folder, as `iteration-1-seed-0`: by the last command that trained each. */
export function keptWeights({ invocations }: Pick<Manifest, "invocations">): ReadonlySet<string> {
  const kept = new Set<string>();
  for (const { trials, keptWeights = [] } of invocations) {
    for (const key of trials) kept.delete(key);
    const trained = new Set(trials);
    for (const key of keptWeights) if (trained.has(key)) kept.add(key);
  }
  return kept;
}

/** The manifest with its last command ended. */
export function withEnd(manifest: Manifest, end: string, outcome: Invocation["outcome"]): Manifest {
  const last = manifest.invocations.length - 1;
  return {
    ...manifest,
    invocations: manifest.invocations.map((each, index) => index === last ? { ...each, end, outcome } : each),
  };
}

export function formatManifest(manifest: Manifest): string {
  return JSON.stringify(manifest, null, 2) + "\n";
}

/**
 * Reads a manifest; `name` is the file's, for messages.
 *
 * @throws {UsageError} If it is no JSON, of another schema, or a value in it is not what `manifest_schema.ts` says.
 */
export function parseManifest(text: string, name: string): Manifest {
  const refuse = (wanted: string, got: string) =>
    new UsageError(`Cannot read "${name}": expected ${wanted}, got ${got}`);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, "")); // JSON takes CR LF for white space itself
  } catch (error) {
    throw refuse("JSON", error instanceof Error ? error.message : String(error));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refuse("an object", quote(JSON.stringify(value)));
  }
  const { schema } = value as { schema?: unknown };
  if (schema !== SCHEMA) throw refuse(`schema ${SCHEMA}`, (JSON.stringify(schema) ?? "none").slice(0, 40));
  try {
    checkManifest(value);
  } catch (error) {
    if (!(error instanceof SchemaMismatch)) throw error;
    throw refuse(error.wanted, error.got);
  }
  return value as Manifest;
}

/**
 * Finds the trials of what a person wants compared: published rows, runs, and, where asked for, trials trained now.
 *
 * @module
 */
import { join } from "node:path";
import type { IterationName } from "../../models/catalog.ts";
import type { Iteration } from "../../models/iteration.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { formatNumberList } from "../command_line/format.ts";
import { readIterationNames } from "../command_line/iteration_names.ts";
import { conditionsOf } from "../judge/regress/conditions.ts";
import { findRecords } from "../run/find_records.ts";
import { listRuns } from "../run/latest_run.ts";
import {
  canonicalJson,
  configHash,
  type Manifest,
  parseManifest,
  runDifference,
  type RunIdentity,
} from "../run/manifest.ts";
import { readResults } from "../run/results.ts";
import { compareRows, isCompleted, trialKey } from "../run/rows.ts";
import { MANIFEST, predictionsPath, type RunRecord } from "../run/run_record.ts";
import { readBytesIfThere, readIfThere } from "../run/whole_files.ts";
import { lostTrials, type Side, type SideTrial } from "./side.ts";

/** What a person names: an iteration (by number or file), or a run with, where it holds several, one of its iterations. */
export type SideName =
  | { readonly kind: "iteration"; readonly text: string; readonly name: IterationName }
  | { readonly kind: "run"; readonly text: string; readonly path: string; readonly iteration?: number };

/** Trials that are wanted and not there. */
export interface TrainRequest {
  readonly iteration: Iteration;
  readonly seeds: readonly number[];
  /** The run that they are to join; absent for the one that `bench` would choose. */
  readonly run?: { readonly path: string; readonly identity: RunIdentity };
}

/** Where trials come from. */
export interface GatherOptions {
  /** The project's folder, below which runs are. */
  readonly root: string;
  /** The published results. */
  readonly published: string;
  readonly loadIteration: (name: IterationName) => Promise<Iteration>;
  /** Absent where nothing is to be trained. */
  readonly training?: {
    /** Seeds 0 to `seeds` − 1 are wanted on every side. */
    readonly seeds: number;
    /** What would train an iteration that has no run. */
    readonly engine: RunIdentity["engine"];
    /** Trains, and returns the folder of the results. */
    readonly train: (request: TrainRequest) => Promise<string>;
  };
}

const FILE = /\.(ts|js|mjs|json)$/;

/**
 * Reads `5`, `1-3`, `./my_net.ts`, `results/runs/mine`, `results/runs/mine:5`.
 *
 * @throws {UsageError} If a number cannot be one.
 */
export function readSideNames(texts: readonly string[]): SideName[] {
  return texts.flatMap((text): SideName[] => {
    if (/^[\d,-]+$/.test(text) || FILE.test(text)) {
      return readIterationNames(text, "the sides").map((name) => ({
        kind: "iteration",
        text: typeof name === "number" ? String(name) : text,
        name,
      }));
    }
    const parts = text.match(/^(.+):(\d+)$/s);
    return parts === null
      ? [{ kind: "run", text, path: text }]
      : [{ kind: "run", text, path: parts[1], iteration: Number(parts[2]) }];
  });
}

/**
 * All sides with their trials, in the order of `names`.
 *
 * @throws {UsageError} If one has no trials, or some of which the predictions are missing.
 */
export async function gatherSides(names: readonly SideName[], options: GatherOptions): Promise<Side[]> {
  const sides: Side[] = [];
  for (const name of names) {
    sides.push(name.kind === "run" ? await ofRun(name, options) : await ofIteration(name, options));
  }
  return sides;
}

/** A side for each iteration of a run that has a completed trial. */
export function sidesOfRun(path: string, record: RunRecord): Side[] {
  return record.manifest.iterations
    .filter(({ id }) => record.trials.some((trial) => trial.iteration === id && isCompleted(trial)))
    .map((iteration) => makeSide(String(iteration.id), iteration, [{ path, record }]));
}

/** A run folder that was read. */
interface Source {
  readonly path: string;
  readonly record: RunRecord;
}

async function ofRun(
  name: SideName & { readonly kind: "run" },
  { training, published }: GatherOptions,
): Promise<Side> {
  let source: Source = { path: name.path, record: readResults(name.path) };
  const iteration = iterationOfRun(name, source.record);
  const missing = training && missingSeeds(training.seeds, seedsOf(iteration, [source]));
  if (training !== undefined && missing!.length > 0) {
    if (name.path === published) {
      throw new UsageError(
        `Cannot train more seeds of "${name.text}": expected a run of yours, got the published results; name the iteration, ${iteration.id}`,
      );
    }
    const path = await training.train({
      iteration,
      seeds: missing!,
      run: { path: name.path, identity: source.record.manifest },
    });
    source = { path, record: readResults(path) };
  }
  return makeSide(name.text, iteration, [source]);
}

function iterationOfRun(
  { text, path, iteration: wanted }: SideName & { readonly kind: "run" },
  { manifest, trials }: RunRecord,
): Iteration {
  const ids = [...new Set(trials.map(({ iteration }) => iteration))].sort((a, b) => a - b);
  const id = wanted ?? (ids.length === 1 ? ids[0] : undefined);
  const found = manifest.iterations.find((each) => each.id === id && ids.includes(each.id));
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot compare "${text}": expected one of the iterations ${formatNumberList(ids)} of that run, got ${
      wanted ?? "none named"
    }; write "${path}:${ids[0]}"`,
  );
}

async function ofIteration(
  { text, name }: SideName & { readonly kind: "iteration" },
  { root, published, loadIteration, training }: GatherOptions,
): Promise<Side> {
  const iteration = await asUsageError(() => loadIteration(name));
  const hash = configHash(iteration);
  const isSuitable = (manifest: Manifest) =>
    !manifest.quick && manifest.epochs === null && manifest.dataset.name === "mnist" &&
    manifest.validation === undefined &&
    manifest.iterations.some((each) => each.configHash === hash) &&
    (training === undefined || canonicalJson(manifest.engine) === canonicalJson(training.engine));
  const folders = [
    ...[published, ...findRecords(root)].filter((path) => {
      const file = join(path, MANIFEST), text = readIfThere(file);
      return text !== undefined && isSuitable(parseManifest(text, file));
    }),
    ...listRuns(root).filter(({ manifest }) => isSuitable(manifest)).map(({ path }) => path),
  ];
  const read = folders.map((path): Source => ({ path, record: readResults(path) }))
    .filter((source) => seedsOf(iteration, [source]).length > 0);
  let sources = read.filter(({ record }) => isSameKind(record.manifest, read[0].record.manifest));
  const missing = training && missingSeeds(training.seeds, seedsOf(iteration, sources));
  if (training !== undefined && missing!.length > 0) {
    const path = await training.train({ iteration, seeds: missing! });
    sources = [...sources.filter((source) => source.path !== path), { path, record: readResults(path) }];
  }
  if (sources.length === 0) {
    throw new UsageError(
      `Cannot compare "${text}": expected whole trials of iteration ${iteration.id} on MNIST in "${published}" or ` +
        `"${join("results", "runs")}", got none; pass --seeds N to train them`,
    );
  }
  return makeSide(text, iteration, sources);
}

/** Whether trials of two runs can stand side by side as those of one. */
function isSameKind(a: RunIdentity, b: RunIdentity): boolean {
  return runDifference(a, b) === undefined;
}

function missingSeeds(count: number, there: readonly number[]): number[] {
  return Array.from({ length: count }, (_, seed) => seed).filter((seed) => !there.includes(seed));
}

/** Seeds whose trials of `iteration` have ended. */
function seedsOf(iteration: Iteration, sources: readonly Source[]): number[] {
  return sources.flatMap((source) =>
    trialsOf(iteration, source).filter(({ status }) => status !== "failed").map(({ seed }) => seed)
  );
}

function trialsOf(iteration: Iteration, { record: { manifest, trials } }: Source) {
  const hash = configHash(iteration);
  const recorded = manifest.iterations.find((each) => each.configHash === hash);
  return trials.filter((trial) => trial.iteration === recorded?.id).sort(compareRows);
}

function makeSide(name: string, iteration: Iteration, sources: readonly Source[]): Side {
  const trials = new Map<number, SideTrial>(), lost: string[] = [], folders: string[] = [];
  const machines = new Set<string>();
  for (const source of sources) {
    const rows = trialsOf(iteration, source).filter(({ seed }) => !trials.has(seed));
    if (rows.length > 0) folders.push(source.path);
    for (const row of rows) {
      if (!isCompleted(row)) {
        lost.push(...lostTrials([row]));
        continue;
      }
      const predictions = readBytesIfThere(source.path, predictionsPath(row));
      if (predictions === undefined) {
        throw new UsageError(
          `Cannot compare "${name}": expected the predictions of ${trialKey(row)} in "${
            join(source.path, predictionsPath(row))
          }", got no file; restore it`,
        );
      }
      const conditions = conditionsOf(row.iteration, source.record);
      machines.add(conditions === undefined ? `unknown ${row.seed}` : canonicalJson(conditions));
      trials.set(row.seed, { row, predictions, trainSeconds: secondsOf(row, source.record) });
    }
  }
  if (trials.size === 0) {
    throw new UsageError(
      `Cannot compare "${name}": expected a trial that ran to its end, got ${lost.join(", ") || "none"}`,
    );
  }
  return {
    name,
    iteration,
    identity: sources[0].record.manifest,
    folders,
    trials: [...trials.values()].sort((a, b) => a.row.seed - b.row.seed),
    lost,
    ...(machines.size === 1 ? { machine: [...machines][0] } : {}),
  };
}

/** Seconds of training; undefined where an epoch was not timed. */
function secondsOf(
  row: { readonly iteration: number; readonly seed: number; readonly epochs: number },
  { timing }: RunRecord,
): number | undefined {
  const ofTrial = timing.filter((each) => trialKey(each) === trialKey(row));
  if (ofTrial.length !== row.epochs) return undefined;
  return ofTrial.reduce((sum, { trainSeconds }) => sum + trainSeconds, 0);
}

/**
 * Refuses sides that say nothing about each other.
 *
 * @throws {UsageError} If they are of other data, quick runs, stopped at other epochs, or one is there twice.
 */
export function checkSides(sides: readonly Side[]): void {
  const [first] = sides;
  for (const [index, side] of sides.entries()) {
    const refuse = (wanted: string, got: string, next: string) =>
      new UsageError(
        `Cannot compare "${first.name}" with "${side.name}": expected ${wanted}, got ${got}; ${next}`,
      );
    if (side.identity.quick) {
      throw new UsageError(
        `Cannot compare "${side.name}": expected a whole run, got a quick one, which is no result; train without --quick`,
      );
    }
    // other engines draw the same numbers: they may stand on both sides, and that is said
    const difference = runDifference(first.identity, { ...side.identity, engine: first.identity.engine });
    if (difference !== undefined) {
      const { what, there, here } = difference;
      throw refuse(`${what} ${there}`, String(here), "train both the same");
    }
    const twin = sides.slice(0, index).find((other) =>
      configHash(other.iteration) === configHash(side.iteration) &&
      canonicalJson(other.folders) === canonicalJson(side.folders)
    );
    if (twin !== undefined) {
      throw new UsageError(
        `Cannot compare "${twin.name}" with "${side.name}": expected different trials, got the same; name another side`,
      );
    }
  }
}

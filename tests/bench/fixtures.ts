/**
 * Small iterations, a small data set and a run's surroundings without terminal, clock and network.
 *
 * @module
 */
import { join } from "node:path";
import type { Dataset } from "../../data/types.ts";
import type { MnistWriters } from "../../data/writers.ts";
import { sha256Hex } from "../../engine/digest.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Iteration } from "../../models/iteration.ts";
import { batchNorm, conv, flatten, linear, maxPool, relu } from "../../models/layers/mod.ts";
import type { Output } from "../../bench/command_line/output.ts";
import type { EpochRow } from "../../bench/run/rows.ts";
import type { RunRecord } from "../../bench/run/run_record.ts";
import type { OnInterrupt } from "../../bench/run/interruption.ts";
import type { Surroundings } from "../../bench/run/surroundings.ts";
import { FakeEngine } from "./fake_engine.ts";

const training = {
  batchSize: 8,
  optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 0 },
  schedule: { kind: "constant" },
  augmentation: [],
  trainNormalization: { mean: 0.1307, deviation: 0.3081 },
  testNormalization: { mean: 0.1307, deviation: 0.3081 },
} as const;

/** Not expected to reach 99.4 %, claim too high. */
export const SHORT: Iteration = {
  id: 1,
  title: "Short",
  layers: [flatten(), linear({ out: 10 })],
  parameters: 7850,
  training: { ...training, epochs: 2 },
  criteria: {},
  claim: { parameters: 7850, bestTestAccuracy: 0.985, epoch: 2, testAccuracies: [0.9750, 0.9850] },
};

/** Rows of a trial with these test accuracies; undefined where the test set was not looked at. */
export function epochsWith(...accuracies: readonly (number | undefined)[]): EpochRow[] {
  return accuracies.map((testAccuracy, index) => ({
    iteration: 1,
    seed: 0,
    epoch: index + 1,
    trainLoss: 0.1,
    trainAccuracy: 0.97,
    validationLoss: undefined,
    validationAccuracy: undefined,
    testLoss: testAccuracy === undefined ? undefined : 0.1,
    testAccuracy,
    learningRate: 0.01,
    weightsDigest: "",
  }));
}

/** Expected to reach 99.4 %, with a floor; claimed parameters wrong. */
export const LONG: Iteration = {
  id: 2,
  title: "Long",
  layers: [
    conv({ out: 2, kernel: 3 }),
    batchNorm(),
    relu(),
    maxPool({ size: 2 }),
    flatten(),
    linear({ out: 10 }),
  ],
  parameters: 3414,
  training: { ...training, epochs: 4 },
  criteria: { finalAccuracyFloor: 0.97, shareReachingTarget: 0.5 },
  claim: { parameters: 3400, bestTestAccuracy: 0.9780, epoch: 4 },
};

export const CATALOG: readonly Iteration[] = [SHORT, LONG];

/** Blank images with digits in turn; enough for `--quick`. */
export function smallDataset(name: "mnist" | "synthetic" = "mnist"): Dataset {
  const set = (count: number) => ({
    images: new Uint8Array(count * 784),
    labels: Uint8Array.from({ length: count }, (_, index) => index % 10),
  });
  return {
    name,
    train: set(5000),
    test: set(2500),
    digests: { "train-images-idx3-ubyte": "aa", "train-labels-idx1-ubyte": "bb" },
    source: "memory",
  };
}

/** Text that was written. */
export interface Recorded extends Output {
  readonly text: () => string;
}

export function recordOutput(isTerminal = false): Recorded {
  let written = "";
  return {
    isTerminal,
    color: false,
    write: (text) => {
      written += text;
    },
    size: () => ({ columns: 100, rows: 30 }),
    text: () => written,
  };
}

export interface FakeSurroundings extends Surroundings {
  readonly out: Recorded;
  readonly err: Recorded;
  /** As Ctrl-C would, the first time or a later one. */
  interrupt(times?: number): void;
  /** Codes with which the process would have ended at once. */
  readonly exits: readonly number[];
}

export function fakeSurroundings(options: {
  readonly engine?: Engine;
  readonly catalog?: readonly Iteration[];
  readonly dataset?: Dataset;
  /** What loads it, instead. */
  readonly loadDataset?: Surroundings["loadDataset"];
  /** Who wrote the training images; nobody knows where it is left out. */
  readonly writers?: MnistWriters;
  readonly isTerminal?: boolean;
  readonly published?: readonly RunRecord[];
} = {}): FakeSurroundings {
  let clock = 0;
  const exits: number[] = [];
  const listeners = new Set<OnInterrupt>();
  return {
    loadIterations: () => Promise.resolve(options.catalog ?? CATALOG),
    loadNamedIterations: (names) => {
      const catalog = options.catalog ?? CATALOG;
      return Promise.resolve(catalog.filter(({ id }) => names.includes(id)));
    },
    loadDataset: options.loadDataset ?? (() => Promise.resolve(options.dataset ?? smallDataset())),
    loadWriters: (_options, { onAbsent }) => {
      if (options.writers === undefined) onAbsent?.("there are none");
      return Promise.resolve(options.writers ?? null);
    },
    createEngine: () => Promise.resolve(options.engine ?? new FakeEngine()),
    readEnvironment: () => ({
      deno: "2",
      v8: "15",
      os: "linux",
      cpu: "a CPU",
      cores: 2,
      git: { commit: "c0ffee", dirty: false },
    }),
    out: recordOutput(),
    err: recordOutput(options.isTerminal),
    now: () => clock += 10,
    date: () => new Date("2026-01-02T03:04:05Z"),
    onInterrupt(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    commitProblem: () => undefined,
    readPublished: () => options.published ?? [],
    exit: (code) => {
      exits.push(code);
    },
    exits,
    interrupt: (times = 1) => listeners.forEach((callback) => callback(times)),
  };
}

/** Runs `test` with an empty folder that is gone afterwards. */
export async function withFolder(test: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "under20k-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** SHA-256 of every file of a folder, by path, but those that may differ between two runs of the same thing. */
export function repeatableFiles(folder: string, at = ""): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of [...Deno.readDirSync(join(folder, at))].sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = join(at, entry.name);
    if (entry.isDirectory) {
      for (const [name, text] of repeatableFiles(folder, path)) files.set(name, text);
    } else if (!["manifest.json", "timing.csv"].includes(path)) {
      files.set(path, sha256Hex(Deno.readFileSync(join(folder, path))));
    }
  }
  return files;
}

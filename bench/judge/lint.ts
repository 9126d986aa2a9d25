/**
 * What makes a result mean less than it seems: rules on iterations, seeds, data and results.
 *
 * A warning is something that invalidates a result or takes it out of the challenge; a note is something to know when
 * reading one. Neither stops a run.
 *
 * @module
 */
import type { LabelledImages } from "../../data/types.ts";
import { describeNetwork } from "../../models/shapes.ts";
import type { Iteration } from "../../models/types.ts";
import { formatCount, formatNumberList, plural } from "../command_line/format.ts";
import { CHALLENGE } from "./judge.ts";
import type { RunRecord } from "../run/run_folder.ts";

/** The rules by name. */
export type LintRule =
  | "test-normalization"
  | "test-augmentation"
  | "unknown-field"
  | "epochs"
  | "parameters"
  | "bias-before-batch-norm"
  | "best-epoch"
  | "duplicate-seed"
  | "test-in-training";

/** What a rule found. */
export interface LintFinding {
  readonly rule: LintRule;
  readonly level: "warning" | "note";
  /** Absent where it is about seeds or data. */
  readonly iteration?: number;
  /** One line, without a full stop. */
  readonly message: string;
}

/** Every rule that needs the iteration alone. */
export function lintIteration(iteration: Iteration): LintFinding[] {
  const found = [
    ...lintNormalization(iteration),
    ...lintFields(iteration),
    ...lintChallenge(iteration),
    ...lintBias(iteration),
    ...lintBestEpoch(iteration),
  ];
  return found.map((finding) => ({ ...finding, iteration: iteration.id }));
}

function lintNormalization({ training }: Iteration): LintFinding[] {
  const { trainNormalization: train, testNormalization: test } = training;
  if (train.mean === test.mean && train.deviation === test.deviation) return [];
  return [{
    rule: "test-normalization",
    level: "warning",
    message:
      `test images are normalized with (${test.mean}, ${test.deviation}), training images with (${train.mean}, ${train.deviation})`,
  }];
}

/**
 * Fields that no engine knows.
 *
 * Augmentation of test images cannot be expressed, so the only way to ask for it is a field that is ignored.
 */
function lintFields(iteration: Iteration): LintFinding[] {
  const { training } = iteration;
  const unknown = [
    ...unknownFields("", iteration, ITERATION_FIELDS),
    ...unknownFields("training", training, TRAINING_FIELDS),
    ...unknownFields("training.optimizer", training.optimizer, OPTIMIZER_FIELDS[training.optimizer.kind]),
    ...unknownFields("training.schedule", training.schedule, SCHEDULE_FIELDS[training.schedule.kind]),
    ...training.augmentation.flatMap((each, index) =>
      unknownFields(`training.augmentation[${index}]`, each, AUGMENTATION_FIELDS[each.kind])
    ),
    ...unknownFields("training.trainNormalization", training.trainNormalization, ["mean", "deviation"]),
    ...unknownFields("training.testNormalization", training.testNormalization, ["mean", "deviation"]),
    ...iteration.layers.flatMap((layer, index) =>
      unknownFields(`layers[${index}]`, layer, LAYER_FIELDS[layer.kind])
    ),
    ...unknownFields("criteria", iteration.criteria, ["finalAccuracyFloor", "shareReachingTarget"]),
  ];
  return unknown.map((field) => {
    if (/test.*(augment|transform)|(augment|transform).*test/i.test(field)) {
      return {
        rule: "test-augmentation",
        level: "warning",
        message: `"${field}" asks for augmentation of test images; no engine does that`,
      };
    }
    if (/^criteria\..*best/i.test(field)) {
      return {
        rule: "best-epoch",
        level: "warning",
        message:
          `"${field}" asks for a criterion on the best epoch, which the test images choose; it is ignored`,
      };
    }
    return {
      rule: "unknown-field",
      level: "warning",
      message: `"${field}" is no known field; it is ignored`,
    };
  });
}

const ITERATION_FIELDS = ["id", "title", "layers", "parameters", "training", "criteria", "claim"];
const TRAINING_FIELDS = [
  "epochs",
  "batchSize",
  "optimizer",
  "schedule",
  "augmentation",
  "trainNormalization",
  "testNormalization",
];
const OPTIMIZER_FIELDS = {
  adam: ["learningRate", "beta1", "beta2", "epsilon"],
  sgd: ["learningRate", "momentum", "weightDecay"],
} as const;
const SCHEDULE_FIELDS = {
  constant: [],
  step: ["epochs", "factor"],
  oneCycle: ["maxLearningRate", "warmUp"],
} as const;
const AUGMENTATION_FIELDS = {
  centerCropResize: ["p", "size"],
  rotate: ["degrees"],
  translate: ["fraction"],
} as const;
const LAYER_FIELDS = {
  conv: ["out", "kernel", "padding"],
  maxPool: ["size"],
  dropout: ["p"],
  channelDropout: ["p"],
  flatten: [],
  globalAveragePool: [],
  linear: ["out"],
} as const;

function unknownFields(path: string, value: object, known: readonly string[]): string[] {
  return Object.keys(value)
    .filter((name) => name !== "kind" && !known.includes(name))
    .map((name) => path === "" ? name : `${path}.${name}`);
}

function lintChallenge({ layers, training }: Iteration): LintFinding[] {
  const { parameterCount } = describeNetwork(layers), findings: LintFinding[] = [];
  if (training.epochs > CHALLENGE.epochs) {
    findings.push({
      rule: "epochs",
      level: "warning",
      message: `${training.epochs} epochs, the challenge allows ${CHALLENGE.epochs}`,
    });
  }
  if (parameterCount >= CHALLENGE.parametersBelow) {
    findings.push({
      rule: "parameters",
      level: "warning",
      message: `${formatCount(parameterCount)} parameters, the challenge asks for fewer than ${
        formatCount(CHALLENGE.parametersBelow)
      }`,
    });
  }
  return findings;
}

/** Batch norm takes the mean away, and a bias before it with it: its gradient is 0 but for rounding. */
function lintBias({ layers }: Iteration): LintFinding[] {
  const { tensors, parameterCount } = describeNetwork(layers);
  const biases = tensors.filter(({ role }) => role === "convBias").reduce(
    (sum, { length }) => sum + length,
    0,
  );
  return biases === 0 ? [] : [{
    rule: "bias-before-batch-norm",
    level: "note",
    message: `${formatCount(biases)} of ${
      formatCount(parameterCount)
    } parameters are biases before batch norm, which takes them away again: they count and cannot learn`,
  }];
}

function lintBestEpoch({ training, criteria, claim }: Iteration): LintFinding[] {
  const findings: LintFinding[] = [];
  if (criteria.shareReachingTarget !== undefined) {
    const isAlone = criteria.finalAccuracyFloor === undefined;
    findings.push({
      rule: "best-epoch",
      level: isAlone ? "warning" : "note",
      message:
        `"criteria.shareReachingTarget" counts a trial by its best epoch, which the test images choose${
          isAlone ? "; no criterion asks for a final accuracy" : ""
        }`,
    });
  }
  if (claim.epoch < training.epochs) {
    findings.push({
      rule: "best-epoch",
      level: "note",
      message:
        `the claim is that of epoch ${claim.epoch} of ${training.epochs}, which the test images chose: hold ` +
        `it against best epochs only, and read final ones first`,
    });
  }
  return findings;
}

/** Seeds that are named more than once. */
export function lintSeeds(seeds: readonly number[]): LintFinding[] {
  const repeated = [...new Set(seeds.filter((seed, index) => seeds.indexOf(seed) !== index))];
  return repeated.length === 0 ? [] : [{
    rule: "duplicate-seed",
    level: "warning",
    message: `${repeated.length === 1 ? "seed" : "seeds"} ${
      formatNumberList(repeated)
    } named more than once; a seed is one trial`,
  }];
}

/** Trials of one iteration that have the same weights under two seeds: one is a copy of the other. */
export function lintResults({ trials }: Pick<RunRecord, "trials">): LintFinding[] {
  const first = new Map<string, number>();
  return trials.flatMap(({ iteration, seed, weightsDigest }): LintFinding[] => {
    if (weightsDigest === undefined) return [];
    const key = `${iteration} ${weightsDigest}`, twin = first.get(key);
    if (twin === undefined) first.set(key, seed);
    return twin === undefined ? [] : [{
      rule: "duplicate-seed",
      level: "warning",
      iteration,
      message: `seeds ${twin} and ${seed} have the same weights; one is a copy of the other`,
    }];
  });
}

/** Test images that are also training images, byte for byte. */
export function lintData(
  { train, test }: { readonly train: LabelledImages; readonly test: LabelledImages },
): LintFinding[] {
  const overlap = findOverlap(train, test);
  const [first] = overlap;
  return first === undefined ? [] : [{
    rule: "test-in-training",
    level: "warning",
    message: `${formatCount(overlap.length)} of ${
      plural(test.labels.length, "test image")
    } are training images too (first: test image ${first.test} is training image ${first.train})`,
  }];
}

/** Each test image that is in the training set, with one training image that it equals; indices from 0. */
export function findOverlap(
  train: LabelledImages,
  test: LabelledImages,
): { readonly test: number; readonly train: number }[] {
  const bytes = train.images.length / train.labels.length;
  const image = (set: LabelledImages, index: number) =>
    set.images.subarray(index * bytes, (index + 1) * bytes);
  // Distinct training images by hash; equal hashes are told apart by the bytes.
  const byHash = new Map<number, number[]>();
  const find = (set: LabelledImages, index: number, hash: number) =>
    byHash.get(hash)?.find((candidate) => equal(image(train, candidate), image(set, index)));
  hashImages(train).forEach((hash, index) => {
    if (find(train, index, hash) === undefined) byHash.set(hash, [...byHash.get(hash) ?? [], index]);
  });
  const overlap: { test: number; train: number }[] = [];
  hashImages(test).forEach((hash, index) => {
    const twin = find(test, index, hash);
    if (twin !== undefined) overlap.push({ test: index, train: twin });
  });
  return overlap;
}

/** FNV-1a over the bytes of each image. */
function hashImages({ images, labels }: LabelledImages): Uint32Array {
  const bytes = images.length / labels.length;
  return Uint32Array.from(labels, (_, index) => {
    let hash = 0x811c9dc5;
    for (let at = index * bytes; at < (index + 1) * bytes; at++) {
      hash = Math.imul(hash ^ images[at], 0x01000193);
    }
    return hash;
  });
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** One line per warning; what several iterations have in common is said once. */
export function warningLines(findings: readonly LintFinding[]): string[] {
  const byMessage = new Map<string, number[]>();
  for (const { level, iteration, message } of findings) {
    if (level !== "warning") continue;
    const iterations = byMessage.get(message) ?? [];
    byMessage.set(message, iteration === undefined ? iterations : [...iterations, iteration]);
  }
  return [...byMessage].map(([message, iterations]) => {
    if (iterations.length === 0) return message;
    return `${iterations.length === 1 ? "iteration" : "iterations"} ${
      formatNumberList(iterations)
    }: ${message}`;
  });
}

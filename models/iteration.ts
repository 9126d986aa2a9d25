/**
 * What an iteration is: a network, layer by layer, with the recipe that trains it, as plain data.
 *
 * @module
 */
import {
  type At,
  belowOne,
  checkFields,
  complete,
  type Completed,
  finite,
  flag,
  fraction,
  list,
  notNegative,
  number,
  object,
  oneOf,
  optional,
  positive,
  positiveInteger,
  text,
  type Values,
  withoutFallbacks,
} from "./fields.ts";
import { completeKind, oneKindOf, shortenKind } from "./kinds.ts";
import { type Branches, type Layer, LAYERS, type Repeat } from "./layers/mod.ts";
import { AUGMENTATIONS, type CompletedAugmentation } from "./recipe/augmentations/mod.ts";
import { type CompletedOptimizer, OPTIMIZERS } from "./recipe/optimizers/mod.ts";
import { type CompletedSchedule, SCHEDULES } from "./recipe/schedules/mod.ts";

const NORMALIZATION = { mean: finite, deviation: positive };

/** Pixels enter the network as (pixel / 255 − mean) / deviation. */
export type Normalization = Values<typeof NORMALIZATION>;

const TRAINING = {
  /** The schedule's length as well. */
  epochs: positiveInteger,
  batchSize: positiveInteger,
  optimizer: oneKindOf(OPTIMIZERS),
  schedule: oneKindOf(SCHEDULES),
  /** In this order, on uint8 images. */
  augmentation: list(oneKindOf(AUGMENTATIONS)),
  trainNormalization: object(NORMALIZATION),
  testNormalization: object(NORMALIZATION),
  /** Leaves out an epoch's last batch where it is smaller than the others. */
  dropLast: optional(flag, false),
  /** Share of the target that is spread over all classes, the meaning of PyTorch's `CrossEntropyLoss`. */
  labelSmoothing: optional(belowOne, 0),
  /** Σ|θ| over all parameters times this is added to the loss. */
  l1: optional(notNegative, 0),
  /** The largest norm of all gradients together; larger ones are scaled down before the update. */
  clipNorm: optional(positive),
  /** Evaluation uses a moving average of the parameters: average ← decay · average + (1 − decay) · parameter. */
  average: optional(object({ decay: belowOne })),
  /** Trains on the first images only, so many. */
  trainCount: optional(positiveInteger),
  /** Holds the last training images out, so many; the test set is then looked at after the last epoch only. */
  validationCount: optional(positiveInteger),
  /** Start values: PyTorch's U(±1/√fan-in), or Keras' Glorot uniform with biases of 0. */
  initialization: optional(oneOf("pytorch", "keras"), "pytorch"),
};

/** The training recipe, as a person writes it. */
export type Training = Values<typeof TRAINING>;

/** The same with every fallback in its place, down to optimizer, schedule and augmentations. */
export type CompletedTraining =
  & Omit<Completed<typeof TRAINING>, "optimizer" | "schedule" | "augmentation">
  & {
    readonly optimizer: CompletedOptimizer;
    readonly schedule: CompletedSchedule;
    readonly augmentation: readonly CompletedAugmentation[];
  };

const CRITERIA = {
  /** Every trial's final test accuracy is at least this; absent where the reference results give the limit. */
  finalAccuracyFloor: optional(fraction),
  /** Least share of trials that reach 99.4 % test accuracy within `epochs`; absent where the reference gives it. */
  shareReachingTarget: optional(fraction),
};

/**
 * Limits of one's own, without a stated false-alarm rate; accuracies are fractions.
 *
 * An iteration with published results needs none: theirs are computed from those (`bench/judge/reference_bounds.ts`).
 */
export type Criteria = Values<typeof CRITERIA>;

const perDigit = {
  wanted: "an object from digits to fractions",
  accepts: (value: unknown): value is Readonly<Record<number, number>> =>
    typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.entries(value).every(([digit, share]) => /^\d$/.test(digit) && fraction.accepts(share)),
};

const SOURCE = {
  /** Owner and name. */
  repository: text,
  /** Which of its files. */
  file: text,
  note: optional(text),
  /** A schedule that the source builds and never steps, so that it trained without. */
  unusedSchedule: optional(oneKindOf(SCHEDULES)),
};

const CLAIM = {
  parameters: optional(positiveInteger),
  bestTestAccuracy: optional(fraction),
  /** Of the best accuracy. */
  epoch: optional(positiveInteger),
  finalTestAccuracy: optional(fraction),
  testAccuracies: optional(list(fraction)),
  /** Of each epoch, counted while training. */
  trainAccuracies: optional(list(fraction)),
  /** Of the last epoch, where nothing else is known of them. */
  finalTrainAccuracy: optional(fraction),
  firstTestAccuracy: optional(fraction),
  /** Test accuracy of each digit, where published. */
  perClass: optional(perDigit),
  /** Whether a run can be held against the claim; `note` says why not. */
  comparable: optional(flag, true),
  note: optional(text),
};

/** What was published about an iteration; accuracies are fractions. */
export type Claim = Values<typeof CLAIM>;

const layerList = {
  wanted: "a list of at least one layer",
  accepts: (value: unknown): value is readonly Layer[] => Array.isArray(value) && value.length > 0,
};

const iterationNumber = number(
  "a whole number from 1 to 9999",
  (value) => Number.isInteger(value) && value >= 1 && value <= 9999,
);

const ITERATION = {
  id: iterationNumber,
  title: text,
  layers: layerList,
  /** Trainable; `validateIteration` asserts it. */
  parameters: positiveInteger,
  training: object(TRAINING),
  criteria: optional(object(CRITERIA)),
  claim: optional(object(CLAIM)),
  /** Where a public entry was read. */
  source: optional(object(SOURCE)),
  /** What a public entry leaves open, with the assumption taken. */
  unclear: optional(list(text)),
};

/** A numbered network with the recipe that trains it. */
export type Iteration = Values<typeof ITERATION>;

/** Checks the fields of an iteration but for its layers. @throws {TypeError | RangeError} */
export function checkIterationFields(value: unknown, at: At): void {
  checkFields(ITERATION, value, at);
}

/** A training with every fallback in its place; it must have been checked. */
export function completeTraining(training: Training): CompletedTraining {
  return {
    ...complete(TRAINING, training),
    optimizer: completeKind(OPTIMIZERS, training.optimizer),
    schedule: completeKind(SCHEDULES, training.schedule),
    augmentation: training.augmentation.map((operation) => completeKind(AUGMENTATIONS, operation)),
  };
}

function shortenLayer(layer: Layer): unknown {
  if (layer.kind === "branches") {
    const { kind, join, branches }: Branches = layer;
    return { kind, join, branches: branches.map((branch) => branch.map(shortenLayer)) };
  }
  if (layer.kind === "repeat") {
    const { kind, times, layers }: Repeat = layer;
    return { kind, times, layers: layers.map(shortenLayer) };
  }
  return shortenKind(LAYERS, layer);
}

/**
 * What decides an iteration's weights, in one spelling: fallbacks left out, fields in the order of their description.
 *
 * Two files that mean the same training give the same text as JSON, and an option that is added later does not change
 * the text of those who do not use it.
 */
export function canonicalRecipe({ layers, training }: Pick<Iteration, "layers" | "training">): {
  readonly layers: readonly unknown[];
  readonly training: Readonly<Record<string, unknown>>;
} {
  return {
    layers: layers.map(shortenLayer),
    training: {
      ...withoutFallbacks(TRAINING, training),
      optimizer: shortenKind(OPTIMIZERS, training.optimizer),
      schedule: shortenKind(SCHEDULES, training.schedule),
      augmentation: training.augmentation.map((operation) => shortenKind(AUGMENTATIONS, operation)),
    },
  };
}

/**
 * Checks an iteration before anything is trained: its recipe, its layers and its parameter count.
 *
 * @module
 */
import { CLASS_COUNT, describeNetwork, IMAGE_SHAPE, type Network } from "./shapes.ts";
import type { Augmentation, Iteration, Optimizer, Schedule, Training } from "./types.ts";

type Test = (value: number) => boolean;

const positiveInteger: Test = (value) => Number.isSafeInteger(value) && value >= 1;
const positive: Test = (value) => value > 0 && value < Infinity;
const notNegative: Test = (value) => value >= 0 && value < Infinity;
const fraction: Test = (value) => value >= 0 && value <= 1;
const belowOne: Test = (value) => value >= 0 && value < 1;
const finite: Test = (value) => Number.isFinite(value);

/** Checks the numbers of one iteration; every message names the iteration and the field. */
class Checker {
  constructor(private readonly id: unknown) {}

  fail(ErrorKind: typeof TypeError | typeof RangeError, field: string, wanted: string, got: unknown): never {
    throw new ErrorKind(
      `Cannot use iteration ${this.id}: expected "${field}" to be ${wanted}, got ${
        typeof got === "number" ? got : JSON.stringify(got)
      }`,
    );
  }

  number(field: string, value: unknown, test: Test, wanted: string): void {
    if (typeof value !== "number") this.fail(TypeError, field, wanted, value);
    if (!test(value)) this.fail(RangeError, field, wanted, value);
  }

  object(field: string, value: unknown): void {
    if (typeof value !== "object" || value === null) this.fail(TypeError, field, "an object", value);
  }

  list(field: string, value: unknown): void {
    if (!Array.isArray(value)) this.fail(TypeError, field, "a list", value);
  }
}

function checkOptimizer(check: Checker, optimizer: Optimizer): void {
  check.object("training.optimizer", optimizer);
  const at = "training.optimizer";
  check.number(`${at}.learningRate`, optimizer.learningRate, positive, "above 0");
  switch (optimizer.kind) {
    case "adam":
      check.number(`${at}.beta1`, optimizer.beta1, belowOne, "from 0 to below 1");
      check.number(`${at}.beta2`, optimizer.beta2, belowOne, "from 0 to below 1");
      check.number(`${at}.epsilon`, optimizer.epsilon, notNegative, "at least 0");
      break;
    case "sgd":
      check.number(`${at}.momentum`, optimizer.momentum, belowOne, "from 0 to below 1");
      check.number(`${at}.weightDecay`, optimizer.weightDecay, notNegative, "at least 0");
      break;
    default:
      check.fail(TypeError, `${at}.kind`, `"adam" or "sgd"`, (optimizer as { kind: unknown }).kind);
  }
}

function checkSchedule(check: Checker, schedule: Schedule): void {
  check.object("training.schedule", schedule);
  const at = "training.schedule";
  switch (schedule.kind) {
    case "constant":
      break;
    case "step":
      check.number(`${at}.epochs`, schedule.epochs, positiveInteger, "an integer of at least 1");
      check.number(`${at}.factor`, schedule.factor, positive, "above 0");
      break;
    case "oneCycle":
      check.number(`${at}.maxLearningRate`, schedule.maxLearningRate, positive, "above 0");
      check.number(`${at}.warmUp`, schedule.warmUp, fraction, "from 0 to 1");
      break;
    default:
      check.fail(
        TypeError,
        `${at}.kind`,
        `"constant", "step" or "oneCycle"`,
        (schedule as { kind: unknown }).kind,
      );
  }
}

function checkAugmentation(check: Checker, operation: Augmentation, index: number): void {
  const at = `training.augmentation[${index}]`;
  check.object(at, operation);
  const side = IMAGE_SHAPE[1];
  switch (operation.kind) {
    case "centerCropResize":
      check.number(`${at}.p`, operation.p, fraction, "from 0 to 1");
      check.number(
        `${at}.size`,
        operation.size,
        (size) => positiveInteger(size) && size <= side,
        `an integer from 1 to ${side}`,
      );
      break;
    case "rotate":
      check.number(`${at}.degrees`, operation.degrees, (d) => d >= 0 && d <= 180, "from 0 to 180");
      break;
    case "translate":
      check.number(`${at}.fraction`, operation.fraction, fraction, "from 0 to 1");
      break;
    default:
      check.fail(
        TypeError,
        `${at}.kind`,
        `"centerCropResize", "rotate" or "translate"`,
        (operation as { kind: unknown }).kind,
      );
  }
}

function checkTraining(check: Checker, training: Training): void {
  check.object("training", training);
  check.number("training.epochs", training.epochs, positiveInteger, "an integer of at least 1");
  check.number("training.batchSize", training.batchSize, positiveInteger, "an integer of at least 1");
  checkOptimizer(check, training.optimizer);
  checkSchedule(check, training.schedule);
  check.list("training.augmentation", training.augmentation);
  training.augmentation.forEach((operation, index) => checkAugmentation(check, operation, index));
  for (const field of ["trainNormalization", "testNormalization"] as const) {
    check.object(`training.${field}`, training[field]);
    check.number(`training.${field}.mean`, training[field].mean, finite, "a finite number");
    check.number(`training.${field}.deviation`, training[field].deviation, positive, "above 0");
  }
}

/**
 * Checks an iteration and returns its network.
 *
 * The last layer must be `linear` with 10 outputs (the logits), and the trainable parameters must be as many as
 * the iteration declares.
 *
 * @throws {TypeError} If something has the wrong kind or layers do not fit together.
 * @throws {RangeError} If a number is out of range.
 */
export function validateIteration(iteration: Iteration): Network {
  const check = new Checker(iteration.id);
  check.number("id", iteration.id, positiveInteger, "an integer of at least 1");
  if (typeof iteration.title !== "string" || iteration.title === "") {
    check.fail(TypeError, "title", "a text", iteration.title);
  }
  check.list("layers", iteration.layers);
  iteration.layers.forEach((layer, index) => check.object(`layers[${index}]`, layer));
  checkTraining(check, iteration.training);

  check.object("criteria", iteration.criteria);
  const { finalAccuracyFloor, shareReachingTarget } = iteration.criteria;
  if (finalAccuracyFloor !== undefined) {
    check.number("criteria.finalAccuracyFloor", finalAccuracyFloor, fraction, "from 0 to 1");
  }
  if (shareReachingTarget !== undefined) {
    check.number("criteria.shareReachingTarget", shareReachingTarget, fraction, "from 0 to 1");
  }
  check.object("claim", iteration.claim);

  const network = describeNetwork(iteration.layers);
  const last = network.layers.at(-1);
  if (last?.layer.kind !== "linear" || last.layer.out !== CLASS_COUNT) {
    throw new TypeError(
      `Cannot use iteration ${iteration.id}: expected the last layer to be linear with ${CLASS_COUNT} outputs, ` +
        (last
          ? `got layer ${network.layers.length} (${last.layer.kind}) with output [${last.output.join(",")}]`
          : `got no layers`),
    );
  }
  if (network.parameterCount !== iteration.parameters) {
    throw new RangeError(
      `Cannot use iteration ${iteration.id}: expected the declared ${iteration.parameters} parameters, ` +
        `got ${network.parameterCount} from its layers; correct "parameters" or the layers`,
    );
  }
  return network;
}

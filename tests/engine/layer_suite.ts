/**
 * Holds an engine against the float64 reference, step by step: every operation alone at awkward sizes, and every
 * network of `network_cases.ts`.
 *
 * Each step of a case starts the reference from the engine's own tensors, so errors do not add up over steps; the
 * second step, smaller than the first, finds what the first has left behind.
 *
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { ImageSet, NamedTensor } from "../../engine/engine.ts";
import { initialTensors } from "../../engine/initial_weights.ts";
import type { OpenNetwork } from "../../engine/stepping.ts";
import { draw, drawMany, Stream } from "../../engine/streams.ts";
import { buildGraph } from "../../models/graph.ts";
import type { Iteration, Normalization } from "../../models/iteration.ts";
import { cancelledBiases } from "../../models/cancelled_biases.ts";
import { NETWORK_CASES, type NetworkCase } from "./network_cases.ts";
import { operationCases } from "./operation_cases.ts";
import { referenceLogits, referenceStep } from "./reference/network.ts";

/** Every operation at awkward sizes, then networks. */
export const LAYER_CASES: readonly NetworkCase[] = [...operationCases(), ...NETWORK_CASES];

const SIDE = 28, PIXELS = SIDE * SIDE;
const DATA_COUNT = 24;
const SEED = 11;
const STEPS_PER_EPOCH = 3;
const OPTIMIZER = { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 } as const;
const TRAIN_NORMALIZATION: Normalization = { mean: 0.1307, deviation: 0.3081 };
const TEST_NORMALIZATION: Normalization = { mean: 0.1407, deviation: 0.4081 };
const ZERO_AND_ONE: Normalization = { mean: 0, deviation: 1 };

/** Random words for what a case is made of; the streams of real draws are other ones. */
function words(count: number, purpose: number): Uint32Array {
  const out = new Uint32Array(count);
  drawMany({ seed: SEED, stream: Stream.batchOrder, index: purpose + 1 }, out);
  return out;
}

/** As many images as a case trains on. */
export function drawImages(kind: NetworkCase["images"]): Uint8Array {
  const images = new Uint8Array(DATA_COUNT * PIXELS);
  switch (kind) {
    case "noise": {
      const blocks = words(16 * DATA_COUNT, 3);
      words(images.length, 0).forEach((word, i) => {
        const y = Math.floor(i / SIDE), x = i % SIDE; // y counts on from image to image
        images[i] = ((word >>> 24) * (blocks[4 * Math.floor(y / 7) + Math.floor(x / 7)] >>> 24)) >> 8;
      });
      break;
    }
    case "shapes":
      for (let n = 0; n < DATA_COUNT; n++) {
        for (let shape = 0; shape < 3; shape++) {
          const [top, left, height, width] = words(4, 100 + 3 * n + shape);
          for (let y = 4 + top % 12; y < 6 + top % 12 + height % 9; y++) {
            for (let x = 4 + left % 12; x < 6 + left % 12 + width % 9; x++) {
              images[n * PIXELS + y * SIDE + x] = 85 * (shape + 1);
            }
          }
        }
      }
      break;
    case "exactTies":
      // one in eight: about 41 % after a pool of 2
      words(images.length, 1).forEach((word, i) => images[i] = word % 8 === 0 ? 255 : 0);
      break;
  }
  return images;
}

/** Initial weights, with norms and running statistics off their start, some weights negative. */
export function startingValues({ layers, images }: NetworkCase): Float32Array {
  const graph = buildGraph(layers), values = initialTensors(graph, SEED);
  const unit = (tensor: number, element: number): number =>
    draw({ seed: SEED, stream: Stream.augmentation, index: tensor }, element) / 2 ** 32;
  for (const { role, group, index, offset, length, shape } of graph.tensors) {
    const fill = (value: (u: number) => number) => {
      for (let i = 0; i < length; i++) values[offset + i] = value(unit(index, i));
    };
    if (group === "norm" && role === "weight") fill((u) => (u < 0.2 ? -1 : 1) * (0.5 + u));
    if (group === "norm" && role === "bias") fill((u) => u - 0.5);
    if (group === "slope") fill((u) => 0.6 * u - 0.1);
    if (role === "running_mean") fill((u) => u - 0.5);
    if (role === "running_var") fill((u) => 0.3 + u);
    if (group === "kernel" && shape.length === 4 && images === "exactTies") {
      fill((u) => Math.floor(5 * u) / 2 - 1);
    }
  }
  return values;
}

/** The case as an iteration. */
export function iterationOf({ layers, batches, images }: NetworkCase): Iteration {
  const exact = images === "exactTies";
  return {
    id: 1,
    title: "A case",
    layers,
    parameters: buildGraph(layers).parameterCount,
    training: {
      epochs: 2,
      batchSize: Math.max(...batches),
      optimizer: OPTIMIZER,
      schedule: { kind: "constant" },
      augmentation: [],
      trainNormalization: exact ? ZERO_AND_ONE : TRAIN_NORMALIZATION,
      testNormalization: exact ? ZERO_AND_ONE : TEST_NORMALIZATION,
    },
  };
}

/** What an engine has made of one step of a case. */
export interface StepOutcome {
  readonly indices: Uint32Array;
  /** 1-based. */
  readonly epoch: number;
  /** All tensors before the step, in canonical order. */
  readonly before: Float32Array;
  readonly after: readonly NamedTensor[];
  readonly gradients: readonly NamedTensor[];
  /** Sums over the batch. */
  readonly loss: number;
  readonly correct: number;
}

/** What an engine has made of a case. */
export interface CaseOutcome {
  readonly data: ImageSet;
  readonly steps: readonly StepOutcome[];
  /** Of all images, after the last step, in evaluation mode. */
  readonly logits: Float32Array;
}

const joined = (tensors: readonly NamedTensor[]): Float32Array =>
  Float32Array.from(tensors.flatMap(({ data }) => [...data]));

/** Trains a case's steps, the second epoch's first ones, on examples from all over the data. */
export async function runCase(open: OpenNetwork, testCase: NetworkCase): Promise<CaseOutcome> {
  const data: ImageSet = {
    images: drawImages(testCase.images),
    labels: Uint8Array.from(words(DATA_COUNT, 2), (word) => word % 10),
  };
  const network = await open(iterationOf(testCase), startingValues(testCase));
  try {
    const steps: StepOutcome[] = [], epoch = 2;
    let before = joined(await network.tensors());
    for (const [step, count] of testCase.batches.entries()) {
      // 7 and 24 have no common factor: no example twice
      const indices = Uint32Array.from({ length: count }, (_, n) => (7 * n + 5 * step + 3) % DATA_COUNT);
      const { loss, correct } = await network.trainStep(data, indices, {
        epoch,
        seed: SEED,
        stepNumber: STEPS_PER_EPOCH * (epoch - 1) + step,
        stepsPerEpoch: STEPS_PER_EPOCH,
      });
      const after = await network.tensors(), gradients = await network.gradients();
      steps.push({ indices, epoch, before, after, gradients, loss, correct });
      before = joined(after);
    }
    return { data, steps, logits: await network.logits(data.images) };
  } finally {
    network.close();
  }
}

/** How far an engine may be from the reference. */
export interface LayerBounds {
  /** Relative. */
  readonly loss: number;
  /** Of the tensor's norm, or of `LEAST_SHARE` of the largest tensor's. */
  readonly gradient: number;
  /** Gradient of a bias that has none in exact arithmetic, of that of the weight beside it. */
  readonly cancelledBias: number;
  /** Of the tensor's norm. */
  readonly runningStatistics: number;
  /** Of the norm of all images' logits. */
  readonly logits: number;
}

/**
 * Float32 against float64. An operation rounds by up to 6e-8; a sum of n products, of either sign, by about √n times
 * that, and no sum here has more than a few thousand.
 */
const BOUNDS: LayerBounds = {
  loss: 2e-6,
  /**
   * A norm's gradient is what is left of dz when two of its means are taken away, so the errors above count several
   * times over, layer by layer: 2e-5 at most and mostly 1e-6. One wrong element of a map, be it an edge, a mask or a
   * tie, makes at least 1e-3.
   */
  gradient: 5e-5,
  cancelledBias: 5e-5,
  runningStatistics: 2e-6,
  logits: 5e-6,
};

/**
 * Gradients below this share of the network's largest are noise beside it: where a norm takes the scale of what is in
 * front of it out again, only epsilon leaves a gradient at all.
 */
const LEAST_SHARE = 1e-3;

/** Relative, of the updated parameter, which is rounded once, and of the update, which is rounded a few times. */
const PARAMETER_ERROR = 2 ** -24, UPDATE_ERROR = 1e-6;

const norm = (values: Iterable<number>): number => Math.hypot(...values);

function distance(got: Float32Array, expected: Float64Array): number {
  equal(got.length, expected.length);
  return norm(expected.map((value, i) => got[i] - value));
}

/** Compares every step of a case, and the evaluation after the last, with the float64 reference. */
export function assertAgreesWithReference(
  testCase: NetworkCase,
  { data, steps, logits }: CaseOutcome,
  declared: Partial<LayerBounds> = {},
): void {
  const bounds = { ...BOUNDS, ...declared };
  const { trainNormalization, testNormalization } = iterationOf(testCase).training;
  const graph = buildGraph(testCase.layers), cancelled = cancelledBiases(graph);
  let velocity: Float64Array = new Float64Array(0);
  steps.forEach(({ indices, epoch, before, after, gradients, loss, correct }, step) => {
    const where = (name: string) => `step ${step + 1}, ${name}`;
    const images = new Uint8Array(indices.length * PIXELS);
    indices.forEach((index, n) => {
      images.set(data.images.subarray(index * PIXELS, (index + 1) * PIXELS), n * PIXELS);
    });
    const labels = Uint8Array.from(indices, (index) => data.labels[index]);
    const expected = referenceStep(graph, before, {
      images,
      labels,
      indices,
      normalization: trainNormalization,
      seed: SEED,
      epoch,
    });
    const lossError = Math.abs(loss / indices.length / expected.loss - 1);
    ok(lossError <= bounds.loss, `${where("loss")}: relative error ${lossError}`);
    equal(correct, expected.correct, where("correct"));
    deepEqual(gradients.map(({ name }) => name), [...expected.gradients.keys()]);
    deepEqual(after.map(({ name }) => name), graph.tensors.map(({ name }) => name));
    const least = LEAST_SHARE * Math.max(...[...expected.gradients.values()].map(norm));
    for (const { name, data } of gradients) {
      const exact = expected.gradients.get(name)!;
      const weight = expected.gradients.get(name.replace(/bias$/, "weight"))!;
      const scale = Math.max(norm(cancelled.has(name) ? weight : exact), least);
      const bound = cancelled.has(name) ? bounds.cancelledBias : bounds.gradient;
      const error = distance(data, exact) / scale;
      ok(error <= bound, `${where(`gradient of ${name}`)}: error ${error} of its scale ${scale}`);
    }
    for (const [name, statistic] of expected.runningStatistics) {
      const error = distance(after.find((tensor) => tensor.name === name)!.data, statistic) / norm(statistic);
      ok(error <= bounds.runningStatistics, `${where(name)}: error ${error} of the norm`);
    }
    velocity = assertUpdated(joined(gradients), before, joined(after), velocity, where("update"));
  });
  const last = joined(steps[steps.length - 1].after);
  const expectedLogits = referenceLogits(graph, last, data.images, testNormalization);
  const error = distance(logits, expectedLogits) / norm(expectedLogits);
  ok(error <= bounds.logits, `logits in evaluation mode: error ${error} of the norm`);
}

/** SGD from the engine's own gradients; returns the velocity. */
function assertUpdated(
  gradient: Float32Array,
  before: Float32Array,
  after: Float32Array,
  velocity: Float64Array,
  where: string,
): Float64Array {
  const { learningRate, momentum, weightDecay } = OPTIMIZER;
  const next = Float64Array.from(
    gradient,
    (value, i) => momentum * (velocity[i] ?? 0) + value + weightDecay * before[i],
  );
  next.forEach((v, i) => {
    const expected = before[i] - learningRate * v;
    const terms = [momentum * (velocity[i] ?? 0), gradient[i], weightDecay * before[i]];
    const size = terms.reduce((sum, term) => sum + Math.abs(term), 0);
    const bound = PARAMETER_ERROR * Math.abs(expected) + UPDATE_ERROR * learningRate * size;
    ok(
      Math.abs(after[i] - expected) <= bound,
      `${where}: expected parameter ${i} to be ${expected}, got ${after[i]}`,
    );
  });
  return next;
}

/** Registers the suite for an engine, a test for each case. */
export function testLayers(
  engine: string,
  open: OpenNetwork,
  { bounds, cases = LAYER_CASES, ...definition }:
    & Pick<Deno.TestDefinition, "ignore" | "sanitizeOps" | "sanitizeResources">
    & {
      /** Where an engine cannot reach a bound; whoever declares it says why, and what was measured. */
      readonly bounds?: Partial<LayerBounds>;
      /** Absent for all. */
      readonly cases?: readonly NetworkCase[];
    } = {},
): void {
  for (const testCase of cases) {
    Deno.test(`${engine} agrees with the float64 reference: ${testCase.name}`, definition, async () => {
      assertAgreesWithReference(testCase, await runCase(open, testCase), bounds);
    });
  }
}

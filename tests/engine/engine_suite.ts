/**
 * The cases that every engine must pass: awkward networks and batches, each step compared with the float64 reference.
 *
 * A test file of an engine goes through `layerCases` with `runCase` and `assertAgreesWithReference`. Each step of a
 * case starts the reference from the engine's own tensors, so errors do not add up over steps; the second step,
 * smaller than the first, finds what the first has left behind.
 *
 * A new case must not make a gradient that is zero in exact arithmetic, since errors are relative: batch norm behind a
 * 1×1 convolution of one channel does (it takes the scale out again), and a bias whose map is nowhere clipped before
 * the next batch norm.
 *
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { ImageSet, NamedTensor } from "../../engine/engine.ts";
import { initialTensors } from "../../engine/initial_weights.ts";
import type { OpenNetwork } from "../../engine/stepping.ts";
import { draw, drawMany, Stream } from "../../engine/streams.ts";
import { describeNetwork } from "../../models/shapes.ts";
import type { Iteration, Layer, Normalization } from "../../models/types.ts";
import { referenceLogits, referenceStep } from "./reference_network.ts";

export type { OpenNetwork, SteppedNetwork as NetworkUnderTest } from "../../engine/stepping.ts";

/** A network with what it is trained on. */
export interface LayerCase {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** Sizes of the steps' batches; the first is the largest. */
  readonly batches: readonly number[];
  /**
   * `noise`: random pixels in 7×7 blocks of random brightness, which pools do not even out; `shapes`: a few
   * rectangles on black, as flat as digits; `exactTies`: black and white pixels that enter as 0 and 1, and filters of
   * halves, so that different patches give equal sums, exactly (where equal patches tie, no gradient of a parameter
   * depends on which of them wins).
   */
  readonly images: "noise" | "shapes" | "exactTies";
}

const conv = (out: number, kernel: number, padding = 0): Layer => ({ kind: "conv", out, kernel, padding });
const pool = (size: number): Layer => ({ kind: "maxPool", size });
const dropout = (p: number): Layer => ({ kind: "dropout", p });
const channelDropout = (p: number): Layer => ({ kind: "channelDropout", p });
const flatten: Layer = { kind: "flatten" };
const average: Layer = { kind: "globalAveragePool" };
const linear = (out: number): Layer => ({ kind: "linear", out });
const logits = linear(10);

function layerCase(
  name: string,
  batches: readonly number[],
  layers: readonly Layer[],
  images: LayerCase["images"] = "noise",
): LayerCase {
  return { name, layers, batches, images };
}

/** All cases; convolutions of fewer than 4 input channels and of 3×3 from 4 on differ in method in some engines. */
export const layerCases: readonly LayerCase[] = [
  layerCase("linear alone, one example", [1], [flatten, logits]),
  layerCase("linear alone", [13, 5], [pool(3), flatten, logits]),
  layerCase("three linear layers with dropout between", [20, 5], [
    pool(4),
    flatten,
    dropout(0.1),
    linear(11),
    dropout(0.3),
    linear(7),
    dropout(0.2),
    logits,
  ]),
  layerCase("average of the image itself", [5, 1], [average, logits]),
  layerCase("average of a pooled image", [13, 8], [pool(5), average, linear(3), logits]),

  layerCase("conv 3×3 on the image, one example", [1], [conv(2, 3), average, logits]),
  layerCase("conv 3×3 with padding 1, pool, on the image", [5, 3], [conv(3, 3, 1), pool(2), flatten, logits]),
  layerCase("conv 3×3, 1 to 3 input channels, padding 0, 1, 2", [13, 5], [
    pool(3),
    conv(1, 3),
    conv(2, 3, 1),
    conv(3, 3, 2),
    conv(5, 3, 1),
    flatten,
    logits,
  ]),
  layerCase("conv 3×3, 5 to 11 input channels, padding 0, 1, 2", [13, 5], [
    pool(2),
    conv(5, 2),
    conv(7, 3),
    conv(9, 3, 1),
    conv(11, 3, 2),
    conv(5, 3),
    average,
    logits,
  ]),
  layerCase("conv 3×3 from 4 channels to 1, 2 and 3", [20, 9], [
    pool(3),
    conv(4, 2),
    conv(1, 3, 1),
    conv(4, 2),
    conv(2, 3, 2),
    conv(4, 1),
    conv(3, 3),
    flatten,
    logits,
  ]),
  layerCase("conv 3×3, many channels", [8, 3], [
    pool(4),
    conv(17, 3, 1),
    conv(23, 3, 1),
    conv(13, 3),
    average,
    logits,
  ]),
  layerCase("conv 3×3 to a single position", [13, 5], [
    pool(5),
    conv(5, 3),
    conv(7, 3),
    flatten,
    logits,
  ]),
  layerCase("conv 3×3 with padding 2 on 1×1 and 2×2 maps", [20, 5], [
    pool(4),
    conv(4, 7),
    conv(5, 3, 2),
    conv(4, 3),
    conv(5, 3, 2),
    conv(4, 2),
    conv(3, 3, 2),
    average,
    logits,
  ]),
  layerCase("conv 3×3 on the image's width", [5], [conv(4, 3, 1), conv(3, 3), pool(2), average, logits]),
  layerCase("conv 5×5 with padding 2", [13, 5], [
    pool(3),
    conv(3, 5, 2),
    conv(5, 5, 2),
    conv(2, 5, 2),
    flatten,
    logits,
  ]),
  layerCase("conv 5×5 with padding 0 and 4", [5, 4], [pool(3), conv(7, 5), conv(3, 5, 4), average, logits]),
  layerCase("conv 1×1", [13, 7], [
    pool(4),
    conv(9, 3),
    conv(7, 1),
    conv(1, 1),
    conv(5, 2),
    conv(2, 1),
    flatten,
    logits,
  ]),
  layerCase("conv 2×2 with padding 2 and 3, 3×3 with padding 3 and 4: as large as the kernel and larger", [
    13,
    5,
  ], [
    pool(4),
    conv(3, 2, 2),
    conv(3, 3, 4),
    conv(5, 2, 3),
    pool(3),
    conv(6, 3, 3),
    average,
    logits,
  ]),
  layerCase("conv 2×2 with padding 0 and 1", [20, 13], [
    pool(4),
    conv(3, 2),
    conv(11, 2, 1),
    conv(5, 2),
    flatten,
    logits,
  ]),
  layerCase("conv 4×4 with padding 3, more than 72 products a sum", [5, 2], [
    pool(4),
    conv(7, 4, 3),
    conv(9, 4, 1),
    average,
    logits,
  ]),
  layerCase("conv of the whole map", [13, 5], [pool(4), conv(6, 7), flatten, logits]),

  layerCase("pool 2 behind conv on an odd map", [13, 5], [pool(2), conv(3, 2), pool(2), flatten, logits]),
  layerCase("pool 2 behind conv 3×3 with tiles over the edge", [13, 5], [
    pool(3),
    conv(5, 2, 1),
    conv(7, 4),
    conv(3, 3, 1),
    pool(2),
    flatten,
    logits,
  ]),
  layerCase("pool 2 behind padded conv 3×3, conv 3×3 behind it", [5, 3], [
    pool(3),
    conv(4, 3, 1),
    conv(9, 3, 1),
    pool(2),
    conv(5, 3, 1),
    average,
    logits,
  ]),
  layerCase("pool 3 behind conv, remainders 1 and 2", [13, 5], [
    pool(2),
    conv(5, 2),
    pool(3),
    conv(3, 3, 2),
    conv(2, 2),
    pool(3),
    flatten,
    logits,
  ]),
  layerCase("pool behind pool behind conv", [13, 5], [
    conv(3, 3),
    pool(2),
    pool(2),
    pool(2),
    conv(5, 2, 1),
    flatten,
    logits,
  ]),
  layerCase("pool 3 behind pool 2 behind conv 3×3", [5, 4], [
    pool(2),
    conv(5, 2),
    conv(7, 3, 1),
    pool(2),
    pool(3),
    flatten,
    logits,
  ]),
  layerCase("pool of size 1 and pool of the whole map", [5], [
    pool(4),
    conv(3, 2),
    pool(1),
    pool(6),
    flatten,
    logits,
  ]),
  layerCase("pool first, pools of 5 and 2", [5, 1], [pool(5), pool(2), flatten, logits]),

  layerCase("dropout first", [13, 5], [dropout(0.2), pool(3), conv(3, 3), flatten, logits]),
  layerCase("dropout first, conv behind it", [5, 3], [dropout(0.3), conv(2, 3, 1), pool(4), flatten, logits]),
  layerCase("dropout first, linear behind it", [13, 5], [pool(4), flatten, dropout(0.5), logits]),
  layerCase("dropout between convolutions with padding", [13, 5], [
    pool(4),
    conv(3, 3, 1),
    dropout(0.25),
    conv(5, 3, 1),
    dropout(0.4),
    conv(7, 3, 2),
    dropout(0.1),
    conv(2, 5, 3),
    average,
    logits,
  ]),
  layerCase("dropout between conv and pool", [13, 5], [
    pool(2),
    conv(5, 2),
    dropout(0.3),
    pool(2),
    conv(3, 1),
    dropout(0.2),
    pool(3),
    flatten,
    logits,
  ]),
  layerCase("dropout behind pools", [13, 5], [
    pool(2),
    conv(5, 3, 1),
    pool(2),
    dropout(0.3),
    conv(7, 3),
    pool(3),
    dropout(0.15),
    flatten,
    logits,
  ]),
  layerCase("dropout behind average, flatten and linear", [20, 13], [
    pool(4),
    conv(11, 3),
    average,
    dropout(0.15),
    linear(9),
    dropout(0.5),
    linear(5),
    dropout(0),
    logits,
  ]),
  layerCase("dropout behind dropout, of both kinds", [13, 5], [
    pool(4),
    conv(5, 3),
    dropout(0.2),
    channelDropout(0.3),
    dropout(0.1),
    conv(3, 2),
    flatten,
    dropout(0.2),
    logits,
  ]),
  layerCase("channel dropout first, of 1 channel", [20, 5], [
    channelDropout(0.5),
    pool(3),
    conv(3, 3),
    average,
    logits,
  ]),
  ...[1, 3, 5, 9].map((channels) =>
    layerCase(`channel dropout of ${channels} channels`, [20, 5], [
      pool(4),
      conv(channels, 3),
      channelDropout(0.4),
      conv(6, 3, 1),
      pool(2),
      channelDropout(0.25),
      flatten,
      logits,
    ])
  ),

  ...([["linear", 0], ["direct", 3], ["3×3 from 4 channels", 4]] as const).flatMap(([what, channels]) =>
    [1, 7, 8, 9, 17].map((count) =>
      layerCase(`batch of ${count}, then 1: ${what}`, count > 1 ? [count, 1] : [1, 1], [
        pool(4),
        ...(channels > 0 ? [conv(channels, 2), conv(5, 3, 1)] : []),
        flatten,
        logits,
      ])
    )
  ),

  layerCase("flat images, conv 3×3 and pool 2", [13, 5], [
    conv(3, 3),
    pool(2),
    conv(5, 3),
    pool(3),
    flatten,
    logits,
  ], "shapes"),
  layerCase("flat images, 5 to 7 channels", [13, 5], [
    pool(2),
    conv(5, 3, 1),
    conv(7, 3),
    pool(2),
    conv(3, 3),
    average,
    logits,
  ], "shapes"),
  layerCase(
    "exact ties, pool 2 behind conv",
    [13, 5],
    [pool(2), conv(5, 3), pool(2), flatten, logits],
    "exactTies",
  ),
  layerCase(
    "exact ties, pool 3 behind conv",
    [13, 5],
    [pool(2), conv(5, 2), pool(3), flatten, logits],
    "exactTies",
  ),
  layerCase(
    "exact ties, pool 2 behind pool 2",
    [13, 5],
    [conv(3, 3, 1), pool(2), pool(2), flatten, logits],
    "exactTies",
  ),
];

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

function drawImages(kind: LayerCase["images"]): Uint8Array {
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

/** Initial weights, with batch norm's parameters and running statistics off their start, some weights negative. */
function startingValues({ layers, images }: LayerCase): Float32Array {
  const values = initialTensors(layers, SEED);
  const unit = (tensor: number, element: number): number =>
    draw({ seed: SEED, stream: Stream.augmentation, index: tensor }, element) / 2 ** 32;
  describeNetwork(layers).tensors.forEach(({ role, offset, length }, tensor) => {
    const fill = (value: (u: number) => number) => {
      for (let i = 0; i < length; i++) values[offset + i] = value(unit(tensor, i));
    };
    if (role === "normWeight") fill((u) => (u < 0.2 ? -1 : 1) * (0.5 + u));
    if (role === "normBias") fill((u) => u - 0.5);
    if (role === "runningMean") fill((u) => u - 0.5);
    if (role === "runningVariance") fill((u) => 0.3 + u);
    if (role === "convWeight" && images === "exactTies") fill((u) => Math.floor(5 * u) / 2 - 1);
  });
  return values;
}

function iterationOf({ layers, batches, images }: LayerCase): Iteration {
  const exact = images === "exactTies";
  return {
    id: 1,
    title: "A case",
    layers,
    parameters: describeNetwork(layers).parameterCount,
    training: {
      epochs: 2,
      batchSize: Math.max(...batches),
      optimizer: OPTIMIZER,
      schedule: { kind: "constant" },
      augmentation: [],
      trainNormalization: exact ? ZERO_AND_ONE : TRAIN_NORMALIZATION,
      testNormalization: exact ? ZERO_AND_ONE : TEST_NORMALIZATION,
    },
    criteria: {},
    claim: { parameters: 0, bestTestAccuracy: 0, epoch: 1 },
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
export async function runCase(open: OpenNetwork, testCase: LayerCase): Promise<CaseOutcome> {
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

/**
 * Float32 against float64. An operation rounds by up to 6e-8; a sum of n products, of either sign, by about √n times
 * that, and no sum here has more than a few thousand.
 */
const TOLERANCES = {
  /** Relative. */
  loss: 2e-6,
  /**
   * Of the tensor's norm. Batch norm's gradient is what is left of dz when two of its means are taken away, so the
   * errors above count several times over, layer by layer; the wasm engine has 2e-5 at most and mostly 1e-6. One
   * wrong element of a map, be it an edge, a mask or a tie, makes at least 1e-3.
   */
  gradient: 5e-5,
  /** Of the tensor's norm. */
  runningStatistics: 2e-6,
  /** Of the norm of all images' logits. */
  logits: 5e-6,
  /** Relative, of the updated parameter, which is rounded once, and of the update, which is rounded a few times. */
  parameter: 2 ** -24,
  update: 1e-6,
} as const;

const norm = (values: Iterable<number>): number => Math.hypot(...values);

/** ‖got − expected‖ / ‖expected‖ */
function relativeError(got: Float32Array, expected: Float64Array): number {
  equal(got.length, expected.length);
  return norm(expected.map((value, i) => got[i] - value)) / norm(expected);
}

/** Where an engine cannot reach a tolerance; whoever declares a bound says why, and what was measured. */
export interface EngineBounds {
  /** Instead of `TOLERANCES.gradient`. */
  readonly gradient?: number;
  /**
   * ‖gradient of a convolution's bias‖ / ‖gradient of its weight‖. Batch norm takes the bias out again, so its
   * gradient is zero in exact arithmetic: an engine that knows this has 0, the default, others rounding noise.
   */
  readonly convBiasGradient?: number;
}

/** Compares every step of a case, and the evaluation after the last, with the float64 reference. */
export function assertAgreesWithReference(
  testCase: LayerCase,
  { data, steps, logits }: CaseOutcome,
  bounds: EngineBounds = {},
): void {
  const { layers } = testCase, { trainNormalization, testNormalization } = iterationOf(testCase).training;
  const specs = describeNetwork(layers).tensors;
  let velocity: Float64Array = new Float64Array(0);
  steps.forEach(({ indices, epoch, before, after, gradients, loss, correct }, step) => {
    const where = (name: string) => `step ${step + 1}, ${name}`;
    const images = new Uint8Array(indices.length * PIXELS);
    indices.forEach((index, n) => {
      images.set(data.images.subarray(index * PIXELS, (index + 1) * PIXELS), n * PIXELS);
    });
    const labels = Uint8Array.from(indices, (index) => data.labels[index]);
    const expected = referenceStep(layers, before, {
      images,
      labels,
      indices,
      normalization: trainNormalization,
      seed: SEED,
      epoch,
    });
    const lossError = Math.abs(loss / indices.length / expected.loss - 1);
    ok(lossError <= TOLERANCES.loss, `${where("loss")}: relative error ${lossError}`);
    equal(correct, expected.correct, where("correct"));
    deepEqual(gradients.map(({ name }) => name), [...expected.gradients.keys()]);
    deepEqual(after.map(({ name }) => name), specs.map(({ name }) => name));
    for (const { name, data } of gradients) {
      const { role } = specs.find((spec) => spec.name === name)!;
      if (role === "convBias") {
        const weight = gradients.find((each) => each.name === name.replace(/bias$/, "weight"))!.data;
        const most = (bounds.convBiasGradient ?? 0) * norm(weight);
        ok(norm(data) <= most, `${where(name)}: expected a gradient of norm ${most} or less, got ${data}`);
        continue;
      }
      const error = relativeError(data, expected.gradients.get(name)!);
      ok(
        error <= (bounds.gradient ?? TOLERANCES.gradient),
        `${where(`gradient of ${name}`)}: error ${error} of the norm`,
      );
    }
    for (const [name, statistic] of expected.runningStatistics) {
      const error = relativeError(after.find((tensor) => tensor.name === name)!.data, statistic);
      ok(error <= TOLERANCES.runningStatistics, `${where(name)}: error ${error} of the norm`);
    }
    velocity = assertUpdated(joined(gradients), before, joined(after), velocity, where("update"));
  });
  const last = joined(steps[steps.length - 1].after);
  const expectedLogits = referenceLogits(layers, last, data.images, testNormalization);
  const error = relativeError(logits, expectedLogits);
  ok(error <= TOLERANCES.logits, `logits in evaluation mode: error ${error} of the norm`);
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
    const bound = TOLERANCES.parameter * Math.abs(expected) + TOLERANCES.update * learningRate * size;
    ok(
      Math.abs(after[i] - expected) <= bound,
      `${where}: expected parameter ${i} to be ${expected}, got ${after[i]}`,
    );
  });
  return next;
}

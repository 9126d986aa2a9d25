/** What the GPU draws and looks up is, to the bit, what the other engines use. */
import assert from "node:assert/strict";
import { drawDataset } from "../../../data/synthetic.ts";
import { augment } from "../../../engine/augmentation.ts";
import { initialTensors } from "../../../engine/initial_weights.ts";
import { normalizationTable } from "../../../engine/normalization.ts";
import { drawMany, dropoutThreshold, isKept, Stream } from "../../../engine/streams.ts";
import { isOnDevice } from "../../../engine/webgpu/augmentations/mod.ts";
import { GpuSteppedNetwork } from "../../../engine/webgpu/stepping.ts";
import { loadIterations } from "../../../models/catalog.ts";
import { buildGraph, countParameters } from "../../../models/graph.ts";
import { completeTraining, type Iteration } from "../../../models/iteration.ts";
import { conv, flatten, type Layer, linear, maxPool } from "../../../models/layers/mod.ts";
import type { Augmentation } from "../../../models/recipe/augmentations/mod.ts";
import { GPU_TEST, sharedGpu } from "./adapter.ts";

const SEED = 0xfedcba98, EPOCH = 3, PIXELS = 784;
const { train: data } = drawDataset({ trainCount: 300, testCount: 8 });
/** From all over the data, none twice, 41 of a batch of up to 50: memory is for 64. */
const indices = Uint32Array.from({ length: 41 }, (_, n) => (7 * n + 5) % 300);

async function iterationWith(
  layers: readonly Layer[],
  augmentation: readonly Augmentation[],
): Promise<Iteration> {
  const baseline = (await loadIterations())[0];
  return {
    ...baseline,
    layers,
    parameters: countParameters(layers),
    training: { ...baseline.training, batchSize: 50, augmentation },
  };
}

/** A step on the GPU; the values of a buffer, and how many examples they have room for. */
async function stepAndRead(iteration: Iteration, buffer: string): Promise<Float32Array> {
  const network = new GpuSteppedNetwork(
    await sharedGpu(),
    iteration,
    initialTensors(buildGraph(iteration.layers), SEED),
  );
  try {
    await network.trainStep(data, indices, { epoch: EPOCH, seed: SEED, stepNumber: 0, stepsPerEpoch: 3 });
    return await network.values(buffer);
  } finally {
    network.close();
  }
}

const LANES = 64;
const HEAD: Layer[] = [maxPool({ size: 4 }), flatten(), linear({ out: 10 })];

const ON_DEVICE: [string, Augmentation[]][] = [
  ["nothing", []],
  ["iterations 1 to 4", [{ kind: "centerCropResize", p: 0.1, size: 22 }, { kind: "rotate", degrees: 15 }]],
  ["iteration 5", [{ kind: "rotate", degrees: 5 }, { kind: "translate", fraction: 0.05 }]],
  ["every operation, often, in another order, some with another fill or not always", [
    { kind: "translate", fraction: 0.3 },
    { kind: "rotate", degrees: 180, fill: 77, p: 0.7 },
    { kind: "centerCropResize", p: 0.6, size: 13 },
    { kind: "translate", fraction: 0.1, p: 0.5 },
    { kind: "centerCropResize", size: 27 },
    { kind: "centerCropResize", p: 0.5, size: 1 },
  ]],
];
const ON_HOST: [string, Augmentation[]][] = [
  ["an option that the device has not", [{ kind: "rotate", degrees: 20, interpolation: "bilinear" }]],
  ["operations that the device has not, among others", [
    { kind: "translate", fraction: 0.1 },
    { kind: "affine", degrees: 10, scale: [0.9, 1.1], shear: 5 },
    { kind: "randomCrop", padding: 2, p: 0.5 },
    { kind: "erase", p: 0.5 },
  ]],
];
const RECIPES = [...ON_DEVICE, ...ON_HOST];

Deno.test("isOnDevice() is said of the recipes whose pixels the input kernel makes", async () => {
  for (const [name, augmentation] of RECIPES) {
    const { training } = await iterationWith(HEAD, augmentation);
    const expected = ON_DEVICE.some(([other]) => other === name);
    assert.equal(isOnDevice(completeTraining(training).augmentation), expected, name);
  }
});

for (const [name, augmentation] of RECIPES) {
  Deno.test(`the input kernel makes the same pixels: ${name}`, GPU_TEST, async () => {
    const iteration = await iterationWith(HEAD, augmentation);
    const completed = completeTraining(iteration.training).augmentation;
    const input = await stepAndRead(iteration, "input");
    const table = normalizationTable(iteration.training.trainNormalization);
    const expected = new Float32Array(PIXELS * LANES), image = new Uint8Array(PIXELS);
    indices.forEach((index, n) => {
      const original = data.images.subarray(index * PIXELS, (index + 1) * PIXELS);
      augment(original, image, completed, SEED, EPOCH, index);
      image.forEach((pixel, p) => expected[p * LANES + n] = table[pixel]);
    });
    assert.deepEqual(input, expected);
  });
}

for (const kind of ["dropout", "channelDropout"] as const) {
  Deno.test(`the ${kind} kernel draws the same masks`, GPU_TEST, async () => {
    // the second of its kind, so that the ordinal counts; channels of the image itself are one
    const p = 0.4;
    const layers: Layer[] = [
      { kind: "dropout", p: 0 },
      ...(kind === "channelDropout" ? [conv({ out: 7, kernel: 3 })] : []),
      { kind, p },
      ...HEAD,
    ];
    const iteration = await iterationWith(layers, []);
    const at = layers.findIndex((layer, index) => index > 0 && layer.kind === kind);
    const before = await stepAndRead(iteration, `value${at}`);
    const after = await stepAndRead(iteration, `value${at + 1}`);
    const [channels, height, width] = buildGraph(layers).values[at].shape;
    const elements = channels * height * width, scale = Math.fround(1 / (1 - p));
    const words = new Uint32Array(kind === "dropout" ? elements : channels);
    indices.forEach((index, n) => {
      drawMany({ seed: SEED, stream: Stream.dropout, index, epoch: EPOCH, channel: 1 }, words);
      for (let e = 0; e < elements; e++) {
        const word = words[kind === "dropout" ? e : Math.floor(e / (height * width))];
        const expected = isKept(word, dropoutThreshold(p)) ? Math.fround(before[e * LANES + n] * scale) : 0;
        // −0 is 0
        assert.ok(after[e * LANES + n] === expected, `example ${n}, element ${e}`);
      }
    });
  });
}

import { deepEqual, equal } from "node:assert/strict";
import { augment } from "../../../engine/augmentation.ts";
import { PIXELS } from "../../../engine/augmentations/mod.ts";
import { normalizationTable } from "../../../engine/normalization.ts";
import { LANES } from "../../../engine/wasm/layout.ts";
import { nth } from "../../../engine/wasm/operation.ts";
import { MAXIMUM_PAGES, planProgram } from "../../../engine/wasm/program.ts";
import { instantiate } from "../../../engine/wasm/trainer.ts";
import { completeTraining, type Training } from "../../../models/iteration.ts";
import { baseline } from "../../../models/iterations/01_baseline.ts";
import { oneCycle } from "../../../models/iterations/05_one_cycle.ts";
import { conv, flatten, linear } from "../../../models/layers/mod.ts";
import { type Augmentation, AUGMENTATIONS } from "../../../models/recipe/augmentations/mod.ts";
import { GoldenFile } from "../../golden_file.ts";

const images = new GoldenFile("augmentation").u8("images"), count = images.length / PIXELS;
const SEED = 3, EPOCH = 2;

/** A network whose input has a border around the image. */
const LAYERS = [conv({ out: 1, kernel: 3, padding: 1 }), flatten(), linear({ out: 10 })];

/** What `ImageInput` makes of all images, example by example. */
function written(training: Training, how: "training" | "test"): Float32Array {
  const program = planProgram({ layers: LAYERS, training }, { workers: 2 }), rank = 1, slice = 1;
  const memory = new WebAssembly.Memory({ initial: program.pages, maximum: MAXIMUM_PAGES, shared: true });
  const kernels = instantiate(program, memory).exports as Record<string, (...args: number[]) => void>;
  const f32 = new Float32Array(memory.buffer), i32 = new Int32Array(memory.buffer);
  program.images.bind({ kernels, f32, i32, rank });
  const { plane, value } = program.input, from = nth(value, slice) / 4;
  const out = new Float32Array(images.length);
  for (let index = 0; index < count; index++) {
    const lane = index % LANES;
    if (how === "test") program.images.writeTest(slice, lane, images, index);
    else program.images.writeTraining(slice, lane, images, { seed: SEED, epoch: EPOCH }, index);
    for (let i = 0; i < PIXELS; i++) {
      const row = plane.border + Math.floor(i / plane.width), column = plane.border + i % plane.width;
      out[index * PIXELS + i] = f32[from + (row * plane.columns + column) * LANES + lane];
    }
  }
  return out;
}

/** The same by the code that all engines share. */
function expected(training: Training): Float32Array {
  const { augmentation, trainNormalization } = completeTraining(training);
  const table = normalizationTable(trainNormalization), changed = new Uint8Array(images.length);
  for (let index = 0; index < count; index++) {
    const [image, out] = [images, changed].map((all) => all.subarray(index * PIXELS, (index + 1) * PIXELS));
    augment(image, out, augmentation, SEED, EPOCH, index);
  }
  return Float32Array.from(changed, (pixel) => table[pixel]);
}

const withAugmentation = (...augmentation: readonly Augmentation[]): Training => ({
  ...oneCycle.training,
  augmentation,
});

/** Of each kind what a kernel can make and what it cannot, further than the image and not at all. */
const EACH: readonly Augmentation[] = [
  { kind: "rotate", degrees: 180, fill: 3 },
  { kind: "rotate", degrees: 40, interpolation: "bilinear" },
  { kind: "translate", fraction: 1 },
  { kind: "affine", degrees: 90, translate: 0.6, scale: [0.1, 3], shear: 60, fill: 255 },
  { kind: "affine", degrees: 0, translate: 0, scale: [1e-6, 2e-6], shear: 0 }, // places beyond 32 bits
  { kind: "affine", degrees: 20, translate: 0.2, scale: [0.7, 1.4], shear: 30, interpolation: "bilinear" },
  { kind: "centerCropResize", size: 20 },
  { kind: "centerCropResize", size: 1 },
  { kind: "randomCrop", padding: 9 },
  { kind: "resizedCrop", scale: [0.01, 1] },
  { kind: "erase", value: 200 },
  { kind: "colorJitter", brightness: 0.5, contrast: 0.5 },
  { kind: "perspective", distortion: 0.9 },
  { kind: "elastic", alpha: 60, sigma: 3 },
];

Deno.test("ImageInput is tried with every kind of augmentation", () => {
  deepEqual([...new Set(EACH.map(({ kind }) => kind))].sort(), Object.keys(AUGMENTATIONS).sort());
});

for (const operation of EACH) {
  Deno.test(`ImageInput makes the pixels that all engines share of ${JSON.stringify(operation)}`, () => {
    const training = withAugmentation(operation);
    deepEqual(written(training, "training"), expected(training));
  });
}

Deno.test("ImageInput makes the pixels that all engines share of whole recipes", () => {
  const all = withAugmentation(...EACH.map((operation) => ({ ...operation, p: 0.5 })));
  for (const training of [baseline.training, oneCycle.training, all]) {
    deepEqual(written(training, "training"), expected(training));
  }
});

Deno.test("ImageInput writes test images as they are, by their own normalization", () => {
  const { testNormalization, trainNormalization } = completeTraining(baseline.training);
  const table = normalizationTable(testNormalization);
  equal(table[255] === normalizationTable(trainNormalization)[255], false);
  deepEqual(written(baseline.training, "test"), Float32Array.from(images, (pixel) => table[pixel]));
});

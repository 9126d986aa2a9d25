/**
 * The batch: augmented and normalized images, their labels and their places in the training set.
 *
 * The images lie on the device as uint8. What an epoch draws (its order, an example's rotation matrix, shift, whether
 * it is cropped) comes from the host once per epoch, since it is made of the project's own float64 sine; pixels are
 * made here, by the integer arithmetic of `engine/augmentations/`, and are the same in every engine. Where a recipe has
 * an operation that is not written for the device, an epoch's images come from the host instead.
 *
 * @module
 */
import type { Normalization } from "../../models/iteration.ts";
import type { CompletedAugmentation } from "../../models/recipe/augmentations/mod.ts";
import { PIXELS, SIDE } from "../augmentations/mod.ts";
import { normalizationTable } from "../normalization.ts";
import { isOnDevice, placeAugmentation } from "./augmentations/mod.ts";
import { defineKernel, type Kernel } from "./kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "./layout.ts";

/** Words of an image, four uint8 pixels each. */
export const IMAGE_WORDS = PIXELS / 4;

/** Words that an example of an epoch has: its place in the training set, then those of its operations or its image. */
export function exampleWords(augmentation: readonly CompletedAugmentation[]): number {
  if (!isOnDevice(augmentation)) return 1 + IMAGE_WORDS;
  return 1 + augmentation.reduce((sum, operation) => sum + placeAugmentation(operation).words, 0);
}

/** Where the lookup table has what operations look up: behind the value of each pixel. */
const TABLES_AT = 256;

/** What the input kernel looks up: [256] f32, a pixel's value in the network, then i32, the operations' tables. */
export function lookupTable(
  { mean, deviation }: Normalization,
  augmentation: readonly CompletedAugmentation[],
): Uint32Array<ArrayBuffer> {
  const values = normalizationTable({ mean, deviation });
  const tables = isOnDevice(augmentation)
    ? Int32Array.from(augmentation.flatMap((operation) => placeAugmentation(operation).table))
    : new Int32Array();
  const table = new Uint32Array(TABLES_AT + tables.length);
  table.set(new Uint32Array(values.buffer));
  table.set(new Uint32Array(tables.buffer), TABLES_AT);
  return table;
}

/** WGSL functions `pixel1` … `pixelM`: pixel (x, y) behind each operation, from `pixel0`, the image's. */
function operationFunctions(operations: readonly CompletedAugmentation[]): string {
  let wordAt = 1, tableAt = TABLES_AT;
  return operations.map((operation, ordinal) => {
    const placed = placeAugmentation(operation), [words, table] = [wordAt, tableAt];
    wordAt += placed.words;
    tableAt += placed.table.length;
    return `fn pixel${ordinal + 1}(image: u32, start: u32, stride: u32, x: i32, y: i32) -> i32 {
  ${
      placed.code({
        word: (index) => `bitcast<i32>(drawn[start + ${words + index} * stride])`,
        before: (x, y) => `pixel${ordinal}(image, start, stride, ${x}, ${y})`,
        table: (index) => `bitcast<i32>(table[${table} + ${index}])`,
      })
    }
}`;
  }).join("\n\n");
}

/** Which images a kernel reads. */
export type InputSet = "train" | "validation" | "test";

/**
 * Writes a batch.
 *
 * - `images`  u32, four uint8 pixels each: [images,28,28] of the training or the test set
 * - `digits`  u32, four uint8 labels each
 * - `drawn`   [T,words,count] u32, or [T,count], then [T,count,words of an image]: see `exampleWords`; only in training
 * - `table`   u32: see `lookupTable`
 * - `input`   [T,1,28,28,N] f32, 0 for examples that are none
 * - `labels`, `indices` [T,N] u32
 *
 * In evaluation the batch are the images from `step.first` on, as they are.
 */
export function inputKernel(options: {
  readonly set: InputSet;
  readonly augmentation: readonly CompletedAugmentation[];
  readonly lanes: number;
}): Kernel {
  const { set, augmentation, lanes } = options;
  const training = set === "train", fromHost = training && !isOnDevice(augmentation);
  const operations = training && !fromHost ? augmentation : [];
  const images = set === "test" ? "test" : "train", rows = MAXIMUM_INVOCATIONS / LANES;
  const pixelWord = fromHost ? `drawn[start + (p >> 2u)]` : `images[image * ${IMAGE_WORDS} + (p >> 2u)]`;
  return defineKernel({
    label: `${set} input`,
    bindings: {
      ...(fromHost ? {} : { images: { buffer: `${images}Images`, type: "u32" } as const }),
      digits: { buffer: `${images}Labels`, type: "u32" },
      ...(training ? { drawn: { buffer: "drawn", type: "u32" } as const } : {}),
      table: { buffer: training ? "trainTable" : "testTable", type: "u32" },
      input: { buffer: "input", type: "f32", write: true },
      labels: { buffer: "labels", type: "u32", write: true },
      indices: { buffer: "indices", type: "u32", write: true },
    },
    size: [LANES, rows],
    workgroups: [lanes / LANES, PIXELS / (rows * 2)],
    work: { bytes: 5 * PIXELS * lanes },
    declarations: `fn pixel0(image: u32, start: u32, stride: u32, x: i32, y: i32) -> i32 {
  let p = u32(y * ${SIDE} + x);
  return i32((${pixelWord} >> (8u * (p & 3u))) & 0xffu);
}
${operationFunctions(operations)}`,
    body: `  let n = group.x * ${LANES} + local.x;
  let exists = n < step.examples;
  var image = step.first + n;
  var start = 0u;
  var stride = 0u;
${
      training
        ? `  // the buffer holds whole epochs of all trials
  stride = step.epoch_length;
  start = trial * ${exampleWords(augmentation)} * stride + step.first + n;
  if (exists) { image = drawn[start]; }`
        : ""
    }
${
      fromHost
        ? `  start = trial * ${
          exampleWords(augmentation)
        } * stride + stride + (step.first + n) * ${IMAGE_WORDS};`
        : ""
    }
  for (var turn = 0u; turn < 2; turn++) {
    let p = (group.y * 2 + turn) * ${rows} + local.y;
    var value = 0.0;
    if (exists) {
      value = bitcast<f32>(table[pixel${operations.length}(image, start, stride, i32(p % ${SIDE}), i32(p / ${SIDE}))]);
    }
    input[(trial * ${PIXELS} + p) * ${lanes} + n] = value;
  }
  if (group.y == 0 && local.y == 0) {
    indices[trial * ${lanes} + n] = image;
    labels[trial * ${lanes} + n] = select(0u, (digits[image >> 2u] >> (8u * (image & 3u))) & 0xffu, exists);
  }`,
  });
}

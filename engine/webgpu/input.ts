/**
 * The batch: augmented and normalized images, their labels and their places in the training set.
 *
 * The images lie on the device as uint8. What an epoch draws (its order, an example's rotation matrix, shift, whether
 * it is cropped) comes from the host once per epoch, since it is made of the project's own float64 sine; pixels are
 * made here, by the integer arithmetic of `engine/augmentation.ts`, and are the same in every engine.
 *
 * @module
 */
import type { Augmentation, Normalization } from "../../models/iteration.ts";
import { resizeWeights, SIDE } from "../augmentation.ts";
import { normalizationTable } from "../normalization.ts";
import { defineKernel, type Kernel } from "./kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "./layout.ts";

const PIXELS = SIDE * SIDE;

/** Words that an example of an epoch has for an operation. */
export function drawnWords(operation: Augmentation): number {
  switch (operation.kind) {
    case "centerCropResize":
      return 1; // whether
    case "rotate":
      return 6; // matrix
    case "translate":
      return 2; // x, y
  }
}

/** Words that an example of an epoch has: its place in the training set, then those of each operation. */
export function exampleWords(augmentation: readonly Augmentation[]): number {
  return 1 + augmentation.reduce((sum, operation) => sum + drawnWords(operation), 0);
}

/** Where the lookup table has the weights of the first centre crop: behind the value of each pixel. */
const TAPS_AT = 256;

/** i32 of the table for an operation: a crop's first taps and their weights. */
function tableOf(operation: Augmentation): readonly number[] {
  if (operation.kind !== "centerCropResize") return [];
  const { first, weights } = resizeWeights(operation.size);
  return [...first, ...weights];
}

/** What the input kernel looks up: [256] f32, a pixel's value in the network, then i32, the weights of crops. */
export function lookupTable(
  { mean, deviation }: Normalization,
  augmentation: readonly Augmentation[],
): Uint32Array<ArrayBuffer> {
  const values = normalizationTable({ mean, deviation });
  const taps = Int32Array.from(augmentation.flatMap(tableOf));
  const table = new Uint32Array(TAPS_AT + taps.length);
  table.set(new Uint32Array(values.buffer));
  table.set(new Uint32Array(taps.buffer), TAPS_AT);
  return table;
}

/**
 * WGSL of pixel (x, y) behind operation `ordinal`, from `pixel{ordinal}`, the pixel before it.
 *
 * Its drawn words start at word `at` of an example, its part of the table at `tapsAt`.
 */
function operationCode(
  operation: Augmentation,
  { ordinal, at, tapsAt }: { ordinal: number; at: number; tapsAt: number },
): string {
  const drawn = (word: number) => `bitcast<i32>(drawn[start + ${at + word} * stride])`;
  const head = `fn pixel${ordinal + 1}(image: u32, start: u32, stride: u32, x: i32, y: i32) -> i32 {`;
  const before = (x: string, y: string) => `pixel${ordinal}(image, start, stride, ${x}, ${y})`;
  switch (operation.kind) {
    case "centerCropResize": {
      const { start, taps } = resizeWeights(operation.size);
      // rows first, rounded to a pixel, then columns
      return `${head}
  if (${drawn(0)} == 0) { return ${before("x", "y")}; }
  let first_x = ${start} + bitcast<i32>(table[${tapsAt} + x]);
  let first_y = ${start} + bitcast<i32>(table[${tapsAt} + y]);
  var sum = 1 << 21u;
  for (var v = 0; v < ${taps}; v++) {
    var row = 1 << 21u;
    for (var u = 0; u < ${taps}; u++) {
      row += ${before("first_x + u", "first_y + v")} * bitcast<i32>(table[${
        tapsAt + SIDE
      } + x * ${taps} + u]);
    }
    sum += (row >> 22u) * bitcast<i32>(table[${tapsAt + SIDE} + y * ${taps} + v]);
  }
  return sum >> 22u;
}`;
    }
    case "rotate":
      return `${head}
  let from_x = (${drawn(0)} * x + ${drawn(1)} * y + ${drawn(2)}) >> 16u;
  let from_y = (${drawn(3)} * x + ${drawn(4)} * y + ${drawn(5)}) >> 16u;
  if (from_x < 0 || from_x >= ${SIDE} || from_y < 0 || from_y >= ${SIDE}) { return 0; }
  return ${before("from_x", "from_y")};
}`;
    case "translate":
      return `${head}
  let from_x = x - ${drawn(0)};
  let from_y = y - ${drawn(1)};
  if (from_x < 0 || from_x >= ${SIDE} || from_y < 0 || from_y >= ${SIDE}) { return 0; }
  return ${before("from_x", "from_y")};
}`;
  }
}

/**
 * Writes a batch.
 *
 * - `images`  u32, four uint8 pixels each: [images,28,28] of the training or the test set
 * - `digits`  u32, four uint8 labels each
 * - `drawn`   [T,words,count] u32: see `exampleWords`; only read in training
 * - `table`   u32: see `lookupTable`
 * - `input`   [T,1,28,28,N] f32, 0 for examples that are none
 * - `labels`, `indices` [T,N] u32
 *
 * In evaluation the batch are the images from `step.first` on, as they are.
 */
export function inputKernel(options: {
  readonly augmentation: readonly Augmentation[];
  readonly lanes: number;
  readonly training: boolean;
}): Kernel {
  const { augmentation, lanes, training } = options;
  const operations = training ? augmentation : [];
  const set = training ? "train" : "test";
  const rows = MAXIMUM_INVOCATIONS / LANES;
  let at = 1, tapsAt = TAPS_AT;
  const code = operations.map((operation, ordinal) => {
    const text = operationCode(operation, { ordinal, at, tapsAt });
    at += drawnWords(operation);
    tapsAt += tableOf(operation).length;
    return text;
  });
  return defineKernel({
    label: `${set} input`,
    bindings: {
      images: { buffer: `${set}Images`, type: "u32" },
      digits: { buffer: `${set}Labels`, type: "u32" },
      ...(training ? { drawn: { buffer: "drawn", type: "u32" } as const } : {}),
      table: { buffer: `${set}Table`, type: "u32" },
      input: { buffer: "input", type: "f32", write: true },
      labels: { buffer: "labels", type: "u32", write: true },
      indices: { buffer: "indices", type: "u32", write: true },
    },
    size: [LANES, rows],
    workgroups: [lanes / LANES, PIXELS / (rows * 2)],
    work: { bytes: 5 * PIXELS * lanes },
    declarations: `fn pixel0(image: u32, start: u32, stride: u32, x: i32, y: i32) -> i32 {
  let p = image * ${PIXELS} + u32(y * ${SIDE} + x);
  return i32((images[p >> 2u] >> (8u * (p & 3u))) & 0xffu);
}
${code.join("\n\n")}`,
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

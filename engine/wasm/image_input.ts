/**
 * What brings images into a network's memory: augmented, normalized, each to its lane of its slice.
 *
 * Augmentations that move nearest pixels, enlarge a part or blend are a kernel's work, any other is done by the code
 * that all engines share, on the same buffers. That is for speed alone: the pixels are the same.
 *
 * @module
 */
import type { CompletedTraining } from "../../models/iteration.ts";
import type {
  AugmentationName,
  AugmentationOf,
  CompletedAugmentation,
} from "../../models/recipe/augmentations/mod.ts";
import { drawAugmentation } from "../augmentation.ts";
import { roundedMean } from "../augmentations/color_jitter.ts";
import { augmentationPixels, LONGEST_DRAWN, PIXELS, SIDE } from "../augmentations/mod.ts";
import { centralSquare } from "../augmentations/center_crop_resize.ts";
import type { Box } from "../augmentations/resize.ts";
import { FIXED_ONE, type Sampling, staysInInt32 } from "../augmentations/sampling.ts";
import { normalizationTable } from "../normalization.ts";
import {
  BLEND_RECORD,
  blendKernel,
  IMAGE_BYTES,
  imageKernels,
  RESIZE_RECORD,
  resizeKernel,
  resizeRecords,
} from "./image_kernels.ts";
import { imageOffset } from "./layout.ts";
import {
  type Area,
  type FeatureMap,
  kernelsOf,
  nth,
  type Planner,
  type Runtime,
  type Step,
} from "./operation.ts";

/** What lies in a worker's area, by byte offsets: two images, a resized one's rows, two tables and a blend's record. */
const WORKER_AREA = {
  images: [0, 1024],
  rows: 2048,
  train: 3072,
  test: 4096,
  blend: 5120,
  bytes: 5184,
} as const;

/** Bytes of the records that resize one size. */
const RESIZE_BYTES = SIDE * RESIZE_RECORD.bytes;

/**
 * Writes an operation as a map of nearest pixels, as `writeFixedMatrix` has it, to `matrix`; undefined where it is none,
 * else what lies outside.
 */
type AsMap<K extends AugmentationName> = (
  operation: AugmentationOf<K>,
  drawn: Float64Array,
  matrix: Float64Array,
) => number | undefined;

function drawnMap(
  { interpolation, fill }: Sampling,
  drawn: Float64Array,
  matrix: Float64Array,
): number | undefined {
  if (interpolation !== "nearest" || !staysInInt32(drawn)) return undefined;
  for (let i = 0; i < matrix.length; i++) matrix[i] = drawn[i];
  return fill;
}

/** Whole pixels to the right and down, 0 outside. */
function move(right: number, down: number, matrix: Float64Array): number | undefined {
  matrix.fill(0);
  matrix[0] = matrix[4] = FIXED_ONE;
  matrix[2] = FIXED_ONE / 2 - right * FIXED_ONE;
  matrix[5] = FIXED_ONE / 2 - down * FIXED_ONE;
  return staysInInt32(matrix) ? 0 : undefined;
}

const MAPS: { readonly [K in AugmentationName]?: AsMap<K> } = {
  rotate: drawnMap,
  affine: drawnMap,
  translate: (_, [right, down], matrix) => move(right, down, matrix),
  randomCrop: ({ padding }, [row, column], matrix) => move(padding - column, padding - row, matrix),
};

/** The part of the image that an operation enlarges. */
type AsPart<K extends AugmentationName> = (operation: AugmentationOf<K>, drawn: Float64Array) => Box;

const PARTS: { readonly [K in AugmentationName]?: AsPart<K> } = {
  centerCropResize: ({ size }) => centralSquare(size),
  resizedCrop: (_, [top, left, height, width]) => ({ top, left, height, width }),
};

const partOf = ({ kind }: CompletedAugmentation): AsPart<AugmentationName> | undefined =>
  PARTS[kind] as AsPart<AugmentationName> | undefined;

const mapOf = ({ kind }: CompletedAugmentation): AsMap<AugmentationName> | undefined =>
  MAPS[kind] as AsMap<AugmentationName> | undefined;

export class ImageInput {
  readonly #map: FeatureMap;
  readonly #training: CompletedTraining;
  readonly #area: Area;
  /** Records for 1 to 28 pixels, where the recipe resizes. */
  readonly #resizes: number | undefined;
  readonly #drawn = new Float64Array(LONGEST_DRAWN);
  readonly #matrix = new Float64Array(6);
  #kernels!: Runtime["kernels"];
  /** This worker's area, and its two images in it. */
  #here = 0;
  #images: readonly Uint8Array[] = [];
  #f32: Float32Array = new Float32Array(0);

  constructor(planner: Planner, map: FeatureMap, training: CompletedTraining) {
    this.#map = map;
    this.#training = training;
    this.#area = planner.perWorker(WORKER_AREA.bytes);
    imageKernels(planner.module, map.plane);
    if (training.augmentation.some(({ kind }) => kind === "colorJitter")) blendKernel(planner.module);
    if (training.augmentation.some(partOf)) {
      resizeKernel(planner.module);
      this.#resizes = planner.allocate(SIDE * RESIZE_BYTES);
    }
  }

  bind({ kernels, f32, i32, rank }: Runtime): void {
    const { trainNormalization, testNormalization } = this.#training;
    this.#kernels = kernelsOf({ kernels }, "image");
    this.#f32 = f32;
    this.#here = nth(this.#area, rank);
    this.#images = WORKER_AREA.images.map((offset) =>
      new Uint8Array(f32.buffer, this.#here + offset, IMAGE_BYTES).subarray(0, PIXELS)
    );
    f32.set(normalizationTable(trainNormalization), (this.#here + WORKER_AREA.train) / 4);
    f32.set(normalizationTable(testNormalization), (this.#here + WORKER_AREA.test) / 4);
    if (this.#resizes === undefined) return;
    // every worker writes the same
    for (let size = 1; size <= SIDE; size++) i32.set(resizeRecords(size), this.#recordsOf(size) / 4);
  }

  /** Writes `images[index]` as the recipe changes it in this epoch. */
  writeTraining(
    slice: number,
    lane: number,
    images: Uint8Array,
    { seed, epoch }: Pick<Step, "seed" | "epoch">,
    index: number,
  ): void {
    this.#take(images, index);
    let current = 0;
    for (const [ordinal, operation] of this.#training.augmentation.entries()) {
      if (!drawAugmentation(operation, { seed, epoch, exampleIndex: index, ordinal }, this.#drawn)) continue;
      this.#apply(operation, current, 1 - current);
      current = 1 - current;
    }
    this.#write(slice, lane, current, WORKER_AREA.train);
  }

  /** Writes an image of zeros. */
  writeBlank(slice: number, lane: number): void {
    this.#images[0].fill(0);
    this.#write(slice, lane, 0, WORKER_AREA.train);
  }

  /** Writes `images[index]` as it is, for evaluation. */
  writeTest(slice: number, lane: number, images: Uint8Array, index: number): void {
    this.#take(images, index);
    this.#write(slice, lane, 0, WORKER_AREA.test);
  }

  #take(images: Uint8Array, index: number): void {
    this.#images[0].set(images.subarray(index * PIXELS, (index + 1) * PIXELS));
  }

  #recordsOf(size: number): number {
    return this.#resizes! + (size - 1) * RESIZE_BYTES;
  }

  /** Applies an operation that is drawn, from one image to the other. */
  #apply(operation: CompletedAugmentation, from: number, to: number): void {
    const source = this.#here + WORKER_AREA.images[from], target = this.#here + WORKER_AREA.images[to];
    const part = partOf(operation)?.(operation, this.#drawn);
    if (part !== undefined) return this.#resize(part, source, target);
    if (operation.kind === "colorJitter") return this.#jitter(from, to);
    const matrix = this.#matrix, fill = mapOf(operation)?.(operation, this.#drawn, matrix);
    if (fill === undefined) {
      augmentationPixels(operation).apply(operation, this.#drawn, this.#images[from], this.#images[to]);
      return;
    }
    const [a, b, c, d, e, f] = matrix;
    this.#kernels.map(source, a, b, c, d, e, f, fill, target);
  }

  /** Brightness and contrast, in the order that is drawn. */
  #jitter(from: number, to: number): void {
    const [brightnessFirst, brightness, contrast] = this.#drawn;
    if (brightnessFirst === 1) {
      this.#blend(from, 0, brightness, to);
      this.#blend(to, roundedMean(this.#images[to]), contrast, to);
    } else {
      this.#blend(from, roundedMean(this.#images[from]), contrast, to);
      this.#blend(to, 0, brightness, to);
    }
  }

  #blend(from: number, base: number, factor: number, to: number): void {
    const { images, blend } = WORKER_AREA, record = this.#here + blend;
    this.#f32[(record + BLEND_RECORD.base) / 4] = base;
    this.#f32[(record + BLEND_RECORD.factor) / 4] = factor;
    this.#kernels.blend(this.#here + images[from], record, this.#here + images[to]);
  }

  #resize({ top, left, height, width }: Box, from: number, to: number): void {
    this.#kernels.resize(
      from + top * SIDE + left,
      height,
      this.#recordsOf(width),
      this.#recordsOf(height),
      this.#here + WORKER_AREA.rows,
      to,
    );
  }

  #write(slice: number, lane: number, from: number, table: number): void {
    const { plane, value } = this.#map;
    const to = nth(value, slice) + imageOffset(plane) + 4 * lane;
    this.#kernels.write(
      this.#here + WORKER_AREA.images[from],
      this.#here + table,
      to,
    );
  }
}

/**
 * What brings images into a network's memory: augmented, normalized, each to its lane of its slice.
 *
 * Augmentations that move nearest pixels are a kernel's work, any other is done by the code that all engines share, on the
 * same buffers. That is for speed alone: the pixels are the same.
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
import { augmentationPixels, LONGEST_DRAWN, PIXELS } from "../augmentations/mod.ts";
import { FIXED_ONE, type Sampling, staysInInt32 } from "../augmentations/sampling.ts";
import { normalizationTable } from "../normalization.ts";
import { IMAGE_BYTES, imageKernels } from "./image_kernels.ts";
import { imageOffset } from "./layout.ts";
import { type Area, type FeatureMap, nth, type Planner, type Runtime, type Step } from "./operation.ts";

/** What lies in a worker's area, by byte offsets: two images and two tables. */
const WORKER_AREA = { images: [0, 1024], train: 2048, test: 3072, bytes: 4096 } as const;

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

const mapOf = ({ kind }: CompletedAugmentation): AsMap<AugmentationName> | undefined =>
  MAPS[kind] as AsMap<AugmentationName> | undefined;

export class ImageInput {
  readonly #map: FeatureMap;
  readonly #training: CompletedTraining;
  readonly #area: Area;
  readonly #drawn = new Float64Array(LONGEST_DRAWN);
  readonly #matrix = new Float64Array(6);
  #kernels!: Runtime["kernels"];
  /** This worker's area, and its two images in it. */
  #here = 0;
  #images: readonly Uint8Array[] = [];

  constructor(planner: Planner, map: FeatureMap, training: CompletedTraining) {
    this.#map = map;
    this.#training = training;
    this.#area = planner.perWorker(WORKER_AREA.bytes);
    imageKernels(planner.module, map.plane);
  }

  bind({ kernels, f32, rank }: Runtime): void {
    const { trainNormalization, testNormalization } = this.#training;
    this.#kernels = kernels;
    this.#here = nth(this.#area, rank);
    this.#images = WORKER_AREA.images.map((offset) =>
      new Uint8Array(f32.buffer, this.#here + offset, IMAGE_BYTES).subarray(0, PIXELS)
    );
    f32.set(normalizationTable(trainNormalization), (this.#here + WORKER_AREA.train) / 4);
    f32.set(normalizationTable(testNormalization), (this.#here + WORKER_AREA.test) / 4);
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

  /** Applies an operation that is drawn, from one image to the other. */
  #apply(operation: CompletedAugmentation, from: number, to: number): void {
    const matrix = this.#matrix, fill = mapOf(operation)?.(operation, this.#drawn, matrix);
    if (fill === undefined) {
      augmentationPixels(operation).apply(operation, this.#drawn, this.#images[from], this.#images[to]);
      return;
    }
    this.#kernels["image.map"](
      this.#here + WORKER_AREA.images[from],
      matrix[0],
      matrix[1],
      matrix[2],
      matrix[3],
      matrix[4],
      matrix[5],
      fill,
      this.#here + WORKER_AREA.images[to],
    );
  }

  #write(slice: number, lane: number, from: number, table: number): void {
    const { plane, value } = this.#map;
    const to = nth(value, slice) + imageOffset(plane) + 4 * lane;
    this.#kernels["image.write"](
      this.#here + WORKER_AREA.images[from],
      this.#here + table,
      to,
    );
  }
}

/**
 * What an epoch of a trial draws on the host: the order of the training set and, for each example in that order, what
 * its augmentation needs on the device, or its whole image where the device cannot make it.
 *
 * @module
 */
import type { CompletedAugmentation } from "../../models/recipe/augmentations/mod.ts";
import { augment, drawAugmentation } from "../augmentation.ts";
import { augmentationPixels, LONGEST_DRAWN, PIXELS } from "../augmentations/mod.ts";
import { epochOrder } from "../batch_order.ts";
import { isOnDevice } from "./augmentations/mod.ts";
import { exampleWords } from "./input.ts";

/** Which epoch of which trial. */
export interface EpochDraw {
  readonly seed: number;
  /** 1-based. */
  readonly epoch: number;
  /** Training images, of which each is drawn once. */
  readonly count: number;
  readonly augmentation: readonly CompletedAugmentation[];
  /** uint8 [images,28,28]; needed where the device does not make the pixels. */
  readonly images?: Uint8Array;
}

/** The words of an epoch as the input kernel reads them: see `inputKernel`. */
export function drawEpoch({ count, ...draw }: EpochDraw): Uint32Array<ArrayBuffer> {
  return drawExamples(epochOrder(count, draw.seed, draw.epoch), draw);
}

/** The same for examples that are named. */
export function drawExamples(
  indices: Uint32Array,
  draw: Omit<EpochDraw, "count">,
): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(exampleWords(draw.augmentation) * indices.length);
  words.set(indices);
  if (isOnDevice(draw.augmentation)) writeDraws(words, indices, draw);
  else writeImages(words, indices, draw);
  return words;
}

/** [words,count]: each operation's words, those of the examples side by side. */
function writeDraws(
  words: Uint32Array,
  indices: Uint32Array,
  { seed, epoch, augmentation }: Omit<EpochDraw, "count">,
): void {
  const count = indices.length, drawn = new Float64Array(LONGEST_DRAWN);
  let at = count;
  augmentation.forEach((operation, ordinal) => {
    const { drawnLength } = augmentationPixels(operation), first = operation.p < 1 ? 1 : 0;
    for (let i = 0; i < count; i++) {
      const position = { seed, epoch, exampleIndex: indices[i], ordinal };
      const applied = drawAugmentation(operation, position, drawn);
      if (first === 1) words[at + i] = applied ? 1 : 0;
      if (!applied) continue;
      for (let word = 0; word < drawnLength; word++) words[at + (first + word) * count + i] = drawn[word];
    }
    at += (first + drawnLength) * count;
  });
}

/** [count,28,28] uint8 behind the places. */
function writeImages(
  words: Uint32Array<ArrayBuffer>,
  indices: Uint32Array,
  { seed, epoch, augmentation, images }: Omit<EpochDraw, "count">,
): void {
  if (images === undefined) {
    throw new TypeError("Cannot make an epoch's images: expected the training images, got none");
  }
  const bytes = new Uint8Array(words.buffer, 4 * indices.length);
  indices.forEach((index, i) => {
    const image = images.subarray(index * PIXELS, (index + 1) * PIXELS);
    augment(image, bytes.subarray(i * PIXELS, (i + 1) * PIXELS), augmentation, seed, epoch, index);
  });
}

/**
 * Which training images are held out to choose by: all images of some writers, the same for everybody.
 *
 * Images of one writer are alike. Where a writer is on both sides, held-out images are easier than new digits are: of
 * the 305 who wrote the last 10,000 training images of MNIST, 251 wrote some of the first 50,000 too.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Dataset, LabelledImages } from "./types.ts";
import type { ImageWriters } from "./writers.ts";

/** Of the images, at least; the last writer is held out whole. */
const SHARE = 1 / 6;

/** What is held out. */
export interface ValidationSplit {
  /** Places in the training set, ascending. */
  readonly images: Uint32Array;
  /** Of how many writers they are; null where nobody knows, and the last images stand in. */
  readonly writers: number | null;
  /** SHA-256, in hex, of the places as little-endian uint32. */
  readonly digest: string;
}

/**
 * The images to hold out of `count`: of each series writers in the order of SHA-256 of "validation writer N", until a
 * sixth of the series' images is reached, so that both series of MNIST are there in their proportion. Without writers
 * the last sixth.
 */
export function splitForValidation(
  count: number,
  writers: Pick<ImageWriters, "writer" | "series"> | null,
): ValidationSplit {
  if (writers === null) {
    const held = Math.max(1, Math.floor(count * SHARE));
    return finish(Array.from({ length: held }, (_, index) => count - held + index), null);
  }
  const byWriter = new Map<number, Map<number, number[]>>();
  for (let image = 0; image < count; image++) {
    const series = byWriter.get(writers.series[image]) ?? new Map<number, number[]>();
    byWriter.set(writers.series[image], series);
    const writer = writers.writer[image];
    series.set(writer, [...series.get(writer) ?? [], image]);
  }
  const chosen = [...byWriter.values()].flatMap((series) => {
    const total = [...series.values()].reduce((sum, images) => sum + images.length, 0);
    const ordered = [...series].map(([writer, images]) => ({ order: orderOf(writer), images }))
      .sort((a, b) => a.order < b.order ? -1 : 1);
    const taken: number[][] = [];
    let held = 0;
    for (const { images } of ordered) {
      if (held >= total * SHARE) break;
      taken.push(images);
      held += images.length;
    }
    return taken;
  });
  const images = chosen.flat().sort((a, b) => a - b);
  return finish(images, new Set(images.map((image) => writers.writer[image])).size);
}

function orderOf(writer: number): string {
  return createHash("sha256").update(`validation writer ${writer}`).digest("hex");
}

function finish(images: readonly number[], writers: number | null): ValidationSplit {
  const bytes = new Uint8Array(images.length * 4), view = new DataView(bytes.buffer);
  images.forEach((image, index) => view.setUint32(4 * index, image, true));
  return {
    images: Uint32Array.from(images),
    writers,
    digest: createHash("sha256").update(bytes).digest("hex"),
  };
}

/**
 * The data set with the held-out images in the place of the test set, which is left behind: whoever works with what
 * this returns cannot look at it.
 */
export function holdOut(dataset: Dataset, { images }: ValidationSplit): Dataset {
  const held = new Set(images);
  const others = Array.from(dataset.train.labels, (_, image) => image).filter((image) => !held.has(image));
  return { ...dataset, train: take(dataset.train, others), test: take(dataset.train, [...images]) };
}

function take({ images, labels }: LabelledImages, places: readonly number[]): LabelledImages {
  const bytes = images.length / labels.length, taken = new Uint8Array(places.length * bytes);
  places.forEach((place, index) =>
    taken.set(images.subarray(place * bytes, (place + 1) * bytes), index * bytes)
  );
  return { images: taken, labels: Uint8Array.from(places, (place) => labels[place]) };
}

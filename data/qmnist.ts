/**
 * QMNIST's further test images: a second test set, by writers that no training image is from, for recipes that are done.
 *
 * It trains on MNIST's own training images and tests on those 50,000 of QMNIST's 60,000 test images that MNIST's
 * test set does not have (its first 10,000 are reconstructions of MNIST's).
 *
 * Source: Yadav and Bottou, "Cold Case: The Lost MNIST Digits" (2019), arXiv:1905.10498; github.com/facebookresearch/qmnist,
 * BSD licence. MD5 of the images' archive as torchvision records it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type Archive, type ArchiveOptions, type ArchiveSource, loadArchive } from "./archive.ts";
import { IMAGE_PIXELS, parseIdxImages } from "./idx.ts";
import { loadMnist, type MnistOptions } from "./mnist.ts";
import { DataError, type Dataset, IDX_FILES } from "./types.ts";
import { WRITER_CACHE_FOLDER, WRITER_MIRRORS } from "./writers.ts";

/** Where the two archives lie and come from. */
export const QMNIST: ArchiveSource = {
  name: "qmnist",
  title: "QMNIST",
  mirrors: WRITER_MIRRORS,
  places: [WRITER_CACHE_FOLDER, "../shared/qmnist", "data/QMNIST/raw"],
};

/** The two archives of the test set. */
export const QMNIST_ARCHIVES = {
  images: {
    file: "qmnist-test-images-idx3-ubyte.gz",
    digest: { kind: "md5", hex: "1394631089c404de565df7b7aeaf9412" },
    maxBytes: 48_000_000,
  },
  labels: {
    file: "qmnist-test-labels.tsv.gz",
    digest: { kind: "sha256", hex: "fe2001449c9580376e16fad7a14cc4f525644b6ffeadc47dc249938529002904" },
    maxBytes: 2_000_000,
  },
} as const satisfies Record<string, Archive>;

/** Test images that MNIST has as well, from the first. */
export const MNIST_TEST_IMAGES = 10_000;

/**
 * Returns MNIST's training set with QMNIST's further test images.
 *
 * `dir` names the folder with QMNIST's archives; MNIST is looked for where it always is.
 * @throws {DataError} If a file is missing, wrong, or cannot be downloaded.
 * @throws {DOMException} `AbortError` when `signal` aborts.
 */
export async function loadQmnist(
  options: MnistOptions & ArchiveOptions = {},
  { archives = QMNIST_ARCHIVES, loadTraining = loadMnist } = {},
): Promise<Dataset> {
  const images = await loadArchive(archives.images, QMNIST, options);
  const labels = await loadArchive(archives.labels, QMNIST, options);
  const mnist = await loadTraining({ ...options, dir: undefined });
  const pixels = parseIdxImages(archives.images.file, images.bytes);
  const rows = parseLabels(archives.labels.file, labels.bytes);
  if (pixels.length !== rows.length * IMAGE_PIXELS || rows.length <= MNIST_TEST_IMAGES) {
    throw new DataError(
      `Cannot use "${images.folder}": expected a label for each of more than ${MNIST_TEST_IMAGES} images, got ${
        pixels.length / IMAGE_PIXELS
      } images and ${rows.length} labels; take both files from their source again`,
    );
  }
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  return {
    name: QMNIST.name,
    train: mnist.train,
    test: {
      images: pixels.subarray(MNIST_TEST_IMAGES * IMAGE_PIXELS),
      labels: rows.subarray(MNIST_TEST_IMAGES),
    },
    digests: {
      [IDX_FILES.trainImages]: mnist.digests[IDX_FILES.trainImages],
      [IDX_FILES.trainLabels]: mnist.digests[IDX_FILES.trainLabels],
      [archives.images.file.replace(/\.gz$/, "")]: sha256(images.bytes),
      [archives.labels.file.replace(/\.gz$/, "")]: sha256(labels.bytes),
    },
    source: `${mnist.source} (training) and ${images.folder} (test)`,
  };
}

/** The first of each row's tab-separated fields. */
function parseLabels(file: string, bytes: Uint8Array): Uint8Array {
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
  return Uint8Array.from(lines, (line, index) => {
    const digit = /^\d\t/.exec(line);
    if (digit === null) {
      throw new DataError(
        `Cannot read "${file}": expected a digit before a tab in line ${index + 1}, got "${
          line.slice(0, 20)
        }"; take this file from its source again`,
      );
    }
    return Number(line[0]);
  });
}

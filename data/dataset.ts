/**
 * Loads a data set by name.
 *
 * @module
 */
import { loadMnist, type MnistOptions } from "./mnist.ts";
import { loadMnistLike, MNIST_LIKE } from "./mnist_like.ts";
import { loadQmnist } from "./qmnist.ts";
import { drawDataset, type DrawOptions } from "./synthetic.ts";
import { type Dataset, DATASET_NAMES, type DatasetName } from "./types.ts";

export { loadIdxFolder } from "./idx_folder.ts";
export { DataError, type Dataset, DATASET_NAMES, type DatasetName, type LabelledImages } from "./types.ts";

/** `DrawOptions` count for `"synthetic"`, `MnistOptions` for the others; `mnistDirEnv` names MNIST's folder alone. */
export type DatasetOptions = MnistOptions & DrawOptions;

/**
 * Returns the data set `name`: MNIST or its kin, found or downloaded and verified, or digits that the project draws.
 *
 * @throws {RangeError} If there is no data set of that name.
 * @throws {DataError} If a file is missing, wrong, or cannot be downloaded.
 * @throws {DOMException} `AbortError` when `signal` aborts.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadDataset } from "./dataset.ts";
 *
 * const digits = await loadDataset("synthetic", { trainCount: 100, testCount: 10 });
 * assert.equal(digits.train.images.length, 100 * 28 * 28);
 * ```
 */
export async function loadDataset(name: DatasetName, options: DatasetOptions = {}): Promise<Dataset> {
  switch (name) {
    case "mnist":
      return await loadMnist(options);
    case "qmnist":
      return await loadQmnist(options);
    case "fashion-mnist":
    case "kmnist":
      return await loadMnistLike(MNIST_LIKE[name], options);
    case "synthetic":
      options.signal?.throwIfAborted();
      return drawDataset(options);
    default:
      throw new RangeError(
        `Cannot load a data set: expected ${DATASET_NAMES.map((known) => `"${known}"`).join(" or ")}, ` +
          `got "${name}"; pass one of these`,
      );
  }
}

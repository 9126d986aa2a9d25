/**
 * Labels and writers of the images that a run was measured on, for the command that has just made it.
 *
 * @module
 */
import type { Streams } from "../command_line/output.ts";
import { loadImages } from "./load_data.ts";
import type { Manifest } from "./manifest.ts";
import type { BenchOptions } from "./options.ts";
import { realSurroundings } from "./surroundings.ts";
import { firstWriters, loadTestLabels, type TestLabels } from "./test_labels.ts";

/**
 * Labels of the test set, or of the images that were held out; of a quick run's, the part that it took.
 *
 * @throws {DataError} If the data set cannot be had.
 */
export async function loadJudgedLabels(
  { dataset, validation }: Manifest,
  options: BenchOptions,
  { err }: Streams,
): Promise<TestLabels> {
  const known = dataset.name === "mnist" && validation === undefined;
  if (known) {
    return await loadTestLabels(dataset, {
      data: options.data,
      mayDownload: true,
      onAbsent: (sentence) => err.write(`warning: ${sentence}\n`),
    });
  }
  const { dataset: { test: { labels } }, writers } = await loadImages(options, realSurroundings());
  return { labels, ...(writers && { writers: firstWriters(writers, labels.length) }) };
}

/**
 * How `--dataset` names what is meant: one of the data sets that the project knows, or a folder.
 *
 * @module
 */
import { UsageError } from "../command_line/errors.ts";
import { looksLikePath } from "../command_line/flags.ts";
import { DATASETS, DEFAULT_OPTIONS } from "./options.ts";

/**
 * Reads `--dataset`; `hasFolder` says whether `--data` names a folder beside it.
 *
 * @throws {UsageError} If it names neither, or reads no files of a folder.
 */
export function readDataset(text: string | undefined, hasFolder: boolean): string {
  const dataset = text ?? DEFAULT_OPTIONS.dataset, isFolder = looksLikePath(dataset);
  if (!isFolder && !DATASETS.includes(dataset)) {
    throw new UsageError(
      `Cannot use --dataset: expected one of ${
        DATASETS.join(", ")
      } or a folder such as "./digits", got "${dataset}"`,
    );
  }
  if (!hasFolder || (!isFolder && dataset !== "synthetic")) return dataset;
  throw new UsageError(
    `Cannot use --data: expected ${
      DATASETS.filter((name) => name !== "synthetic").join(", ")
    } as --dataset with it, got "${dataset}", which is ${
      isFolder ? "a folder itself" : "drawn and not read"
    }; leave --data out`,
  );
}

/**
 * How `--dataset`, and what was recorded, name what is meant: one of the data sets that the project knows, or a folder.
 *
 * @module
 */
import { IDX_NAME } from "../../data/idx_folder.ts";
import { UsageError } from "../command_line/errors.ts";
import { looksLikePath } from "../command_line/flags.ts";
import { type BenchOptions, DATASETS, DEFAULT_OPTIONS } from "./options.ts";

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

/**
 * What loads the images of a recorded run or of a plan, `name` being that of its data set and `data` what `--data` says.
 *
 * A folder of somebody's own is recorded by what it holds and not by where it lies: that is `--data` to say.
 *
 * @throws {UsageError} If the folder is not named, or the project does not know the data set; it begins as `task` says.
 */
export function recordedDataset(
  name: string,
  { data, task }: { readonly data?: string; readonly task: string },
): Pick<BenchOptions, "dataset" | "data"> {
  if (DATASETS.includes(name)) return { dataset: name, data: name === "synthetic" ? undefined : data };
  if (!IDX_NAME.test(name)) {
    throw new UsageError(`Cannot ${task}: expected a data set of ${DATASETS.join(", ")}, got "${name}"`);
  }
  if (data === undefined) {
    throw new UsageError(
      `Cannot ${task}: expected the folder with the images of "${name}", got none; pass it as --data`,
    );
  }
  // a folder that is called "mnist" is a folder all the same
  return { dataset: looksLikePath(data) ? data : `./${data}`, data: undefined };
}

/**
 * What a data set is, and the error that everything in `data/` throws for bad input.
 *
 * @module
 */

/** Labelled 28×28 images: `images` is uint8 [N,28,28], `labels` is uint8 [N] with digits 0 to 9. */
export interface LabelledImages {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** A training set and a test set, with what identifies their bytes. */
export interface Dataset {
  /** One of `DATASET_NAMES`, or `idx-` and a digest for a folder of anybody's own. */
  readonly name: string;
  readonly train: LabelledImages;
  readonly test: LabelledImages;
  /** File name (without `.gz`) to SHA-256, in hex, of the IDX file's decompressed bytes. */
  readonly digests: Readonly<Record<string, string>>;
  /** Where the bytes come from, in words for people: a folder, or how they were drawn. */
  readonly source: string;
}

/** The data sets that `loadDataset` knows. */
export const DATASET_NAMES = ["mnist", "qmnist", "fashion-mnist", "kmnist", "synthetic"] as const;

/** One of the data sets that `loadDataset` knows. */
export type DatasetName = typeof DATASET_NAMES[number];

/** The four files of a data set, as MNIST and torchvision name them. */
export const IDX_FILES = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
} as const;

/** Called when a file is asked for, with 0 bytes, and while it comes; `totalBytes` is undefined where the server does not say. */
export type DownloadProgress = (file: string, receivedBytes: number, totalBytes: number | undefined) => void;

/** A data file is missing, unreadable or not what it should be; the message is one line for the person. */
export class DataError extends Error {
  override readonly name = "DataError";

  /** The message may quote paths and files: what it takes from there reaches no terminal as a command. */
  constructor(message: string, options?: ErrorOptions) {
    const codePoint = (character: string) => `\\u{${character.codePointAt(0)!.toString(16).toUpperCase()}}`;
    super(message.replace(/\p{Cc}/gu, codePoint), options);
  }
}

/** The innermost reason of a failure, on one line. */
export function reasonOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  const text = innermost instanceof Error ? innermost.message : String(innermost);
  return text.replace(/\s+/g, " ").trim();
}

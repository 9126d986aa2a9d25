/**
 * Fashion-MNIST and KMNIST: data sets in MNIST's form and under its file names, verified by the MD5 of their archives.
 *
 * Sources: Xiao, Rasul and Vollgraf, "Fashion-MNIST" (2017), arXiv:1708.07747, MIT licence; Clanuwat and others,
 * "Deep Learning for Classical Japanese Literature" (2018), arXiv:1812.01718, CC BY-SA 4.0. Digests as torchvision
 * records them.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type ArchiveOptions, type ArchiveSource, loadArchive } from "./archive.ts";
import { parseIdxImages, parseIdxLabels } from "./idx.ts";
import type { FileKey } from "./mnist.ts";
import { DataError, type Dataset, IDX_FILES } from "./types.ts";

/** A data set of four archives. */
export interface MnistLike extends ArchiveSource {
  readonly md5: Readonly<Record<FileKey, string>>;
}

/** Those that `--dataset` names. */
export const MNIST_LIKE = {
  "fashion-mnist": {
    name: "fashion-mnist",
    title: "Fashion-MNIST",
    mirrors: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
    places: ["data/cache/fashion-mnist", "../shared/fashion-mnist", "data/FashionMNIST/raw"],
    md5: {
      trainImages: "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
      trainLabels: "25c81989df183df01b3e8a0aad5dffbe",
      testImages: "bef4ecab320f06d8554ea6380940ec79",
      testLabels: "bb300cfdad3c16e7a12a480ee83cd310",
    },
  },
  kmnist: {
    name: "kmnist",
    title: "KMNIST",
    mirrors: ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
    places: ["data/cache/kmnist", "../shared/kmnist", "data/KMNIST/raw"],
    md5: {
      trainImages: "bdb82020997e1d708af4cf47b453dcf7",
      trainLabels: "e144d726b3acfaa3e44228e80efcd344",
      testImages: "5c965bf0a639b31b8f53240b1b52f4d7",
      testLabels: "7320c461ea6c1c855c0b718fb2a4b134",
    },
  },
} as const satisfies Record<string, MnistLike>;

/** 60,000 images of 784 bytes, with what gzip may add and the header. */
const MOST_BYTES = 48_000_000;
const FILE_KEYS = Object.keys(IDX_FILES) as FileKey[];

/**
 * Returns a data set of MNIST's form from the first place that holds its archives, or downloads them.
 *
 * @throws {DataError} If an archive is missing, wrong, or cannot be downloaded.
 * @throws {DOMException} `AbortError` when `signal` aborts.
 */
export async function loadMnistLike(source: MnistLike, options: ArchiveOptions = {}): Promise<Dataset> {
  const files = {} as Record<FileKey, Uint8Array>;
  const folders = new Set<string>();
  for (const key of FILE_KEYS) {
    const digest = { kind: "md5", hex: source.md5[key] } as const;
    const archive = { file: `${IDX_FILES[key]}.gz`, digest, maxBytes: MOST_BYTES };
    const { bytes, folder } = await loadArchive(archive, source, options);
    files[key] = bytes;
    folders.add(folder);
  }
  return toDataset(source.name, files, [...folders].join(" and "));
}

/**
 * Four IDX files as a data set; the name may depend on their digests.
 *
 * @throws {DataError} If a file is no IDX file of 28×28 images or of digits, or images and labels differ in number.
 */
export function toDataset(
  name: string | ((digests: Dataset["digests"]) => string),
  files: Readonly<Record<FileKey, Uint8Array>>,
  source: string,
): Dataset {
  const set = (images: FileKey, labels: FileKey) => {
    const values = {
      images: parseIdxImages(IDX_FILES[images], files[images]),
      labels: parseIdxLabels(IDX_FILES[labels], files[labels]),
    };
    const count = values.images.length / (28 * 28);
    if (count !== values.labels.length || count === 0) {
      throw new DataError(
        `Cannot use "${source}": expected a label for each image of "${
          IDX_FILES[images]
        }", got ${count} images and ${values.labels.length} labels; put files there that belong together`,
      );
    }
    return values;
  };
  const digests = Object.fromEntries(
    FILE_KEYS.map((key) => [IDX_FILES[key], createHash("sha256").update(files[key]).digest("hex")]),
  );
  return {
    name: typeof name === "string" ? name : name(digests),
    train: set("trainImages", "trainLabels"),
    test: set("testImages", "testLabels"),
    digests,
    source,
  };
}

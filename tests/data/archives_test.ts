/**
 * @file Data sets that are known by their archives' digests, and folders of anybody's own, with made-up files of the same form.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { loadIdxFolder } from "../../data/idx_folder.ts";
import { encodeIdx } from "../../data/idx.ts";
import { loadMnistLike, MNIST_LIKE, type MnistLike } from "../../data/mnist_like.ts";
import { loadQmnist, QMNIST_ARCHIVES } from "../../data/qmnist.ts";
import { DataError, type Dataset, IDX_FILES } from "../../data/types.ts";

const OFFLINE: typeof fetch = () => Promise.reject(new TypeError("network is unreachable"));

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const images = (count: number, shade = 0) =>
  encodeIdx(Uint8Array.from({ length: count * 784 }, (_, at) => (at * 7 + shade) % 256), [count, 28, 28]);
const labels = (count: number) => encodeIdx(Uint8Array.from({ length: count }, (_, at) => at % 10), [count]);
const FILES = {
  trainImages: images(12),
  trainLabels: labels(12),
  testImages: images(5, 1),
  testLabels: labels(5),
};
const KEYS = Object.keys(FILES) as (keyof typeof FILES)[];
const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A data set of the same form whose archives are these. */
const MADE_UP: MnistLike = {
  ...MNIST_LIKE.kmnist,
  md5: Object.fromEntries(KEYS.map((key) => [key, md5(gzipSync(FILES[key]))])) as MnistLike["md5"],
};

async function fill(folder: string, { gzipped }: { readonly gzipped: boolean }): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const key of KEYS) {
    const bytes = FILES[key];
    await Deno.writeFile(
      `${folder}/${IDX_FILES[key]}${gzipped ? ".gz" : ""}`,
      gzipped ? gzipSync(bytes) : bytes,
    );
  }
}

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof DataError, String(error));
    assert.ok(!error.message.includes("\n"));
    return error.message;
  }
  throw new Error("expected a DataError");
}

Deno.test("loadMnistLike() verifies archives by MD5 where --data, the cache or torchvision has them", () =>
  withFolder(async (root) => {
    for (const place of ["data/cache/kmnist", "../shared/kmnist", "data/KMNIST/raw"]) {
      const project = `${root}/${place.replaceAll("/", "-")}/project`;
      await fill(`${project}/${place}`, { gzipped: true });
      const dataset = await loadMnistLike(MADE_UP, { roots: [project], fetch: OFFLINE });
      assert.equal(dataset.name, "kmnist");
      assert.deepEqual([dataset.train.labels.length, dataset.test.labels.length], [12, 5]);
      assert.deepEqual([...dataset.test.images], [...FILES.testImages.subarray(16)]);
      assert.equal(dataset.digests[IDX_FILES.trainImages], sha256(FILES.trainImages));
    }
    await fill(`${root}/given/raw`, { gzipped: true });
    assert.equal((await loadMnistLike(MADE_UP, { dir: `${root}/given` })).source, `${root}/given/raw`);
  }));

Deno.test("loadMnistLike() refuses another file, a decompressed one and a missing one in one line", () =>
  withFolder(async (root) => {
    await fill(`${root}/other`, { gzipped: true });
    assert.match(
      await failure(loadMnistLike(MNIST_LIKE["fashion-mnist"], { dir: `${root}/other` })),
      /expected Fashion-MNIST's archive, got a file of MD5 [0-9a-f]{32} instead of 8d4fb7e6c68d591d4c3dfef9ec88bf0d/,
    );
    await fill(`${root}/plain`, { gzipped: false });
    assert.match(
      await failure(loadMnistLike(MADE_UP, { dir: `${root}/plain` })),
      /expected the archive "train-images-idx3-ubyte.gz", got "train-images-idx3-ubyte" decompressed, which cannot be verified/,
    );
    assert.match(
      await failure(loadMnistLike(MADE_UP, { dir: root })),
      /expected the archive "train-images-idx3-ubyte.gz", got none/,
    );
    assert.match(
      await failure(loadMnistLike(MADE_UP, { roots: [root], fetch: OFFLINE })),
      /expected "train-images-idx3-ubyte.gz" in "data\/cache\/kmnist".*got network is unreachable/,
    );
  }));

Deno.test("loadMnistLike() downloads into the cache what is right, and nothing that is not", () =>
  withFolder(async (root) => {
    const asked: string[] = [];
    const serve: typeof fetch = (input) => {
      const url = String(input);
      asked.push(url);
      const key = KEYS.find((each) => url.endsWith(`${IDX_FILES[each]}.gz`))!;
      const gzip = gzipSync(key === "testLabels" ? FILES.trainLabels : FILES[key]);
      return Promise.resolve(new Response(Uint8Array.from(gzip)));
    };
    assert.match(
      await failure(loadMnistLike(MADE_UP, { roots: [root], fetch: serve })),
      /"t10k-labels-idx1-ubyte.gz".*a wrong file/,
    );
    assert.deepEqual(
      [...Deno.readDirSync(`${root}/data/cache/kmnist`)].map(({ name }) => name).sort(),
      [IDX_FILES.testImages, IDX_FILES.trainImages, IDX_FILES.trainLabels].map((name) => `${name}.gz`),
    );
    assert.equal(asked[0], "http://codh.rois.ac.jp/kmnist/dataset/kmnist/train-images-idx3-ubyte.gz");
  }));

Deno.test("loadIdxFolder() names a folder by its digests, gzipped or not and wherever it lies", () =>
  withFolder(async (root) => {
    await fill(`${root}/a`, { gzipped: false });
    await fill(`${root}/b`, { gzipped: true });
    const [a, b] = [await loadIdxFolder(`${root}/a`), await loadIdxFolder(`${root}/b`)];
    assert.match(a.name, /^idx-[0-9a-f]{12}$/);
    assert.equal(a.name, b.name);
    assert.deepEqual([...a.train.images], [...b.train.images]);
    await Deno.writeFile(`${root}/b/${IDX_FILES.testImages}.gz`, gzipSync(images(5, 2)));
    assert.notEqual((await loadIdxFolder(`${root}/b`)).name, a.name);
  }));

Deno.test("loadIdxFolder() refuses what is no data set of 28×28 images of ten classes, in one line", () =>
  withFolder(async (root) => {
    const cases: [string, Uint8Array, RegExp][] = [
      ["train-labels-idx1-ubyte", labels(11), /a label for each image.*12 images and 11 labels/],
      ["train-labels-idx1-ubyte", encodeIdx(new Uint8Array(12).fill(26), [12]), /labels from 0 to 9, got 26/],
      [
        "t10k-images-idx3-ubyte",
        encodeIdx(new Uint8Array(5 * 32 * 32), [5, 32, 32]),
        /28×28 pixels, got 32×32/,
      ],
      ["t10k-images-idx3-ubyte", new Uint8Array(0), /expected a header/],
      ["train-images-idx3-ubyte", gzipSync(FILES.trainImages).subarray(0, 200), /expected a whole gzip file/],
    ];
    for (const [file, bytes, message] of cases) {
      await fill(`${root}/x`, { gzipped: false });
      await Deno.writeFile(`${root}/x/${file}`, bytes);
      assert.match(await failure(loadIdxFolder(`${root}/x`)), message);
    }
    await Deno.remove(`${root}/x/t10k-labels-idx1-ubyte`);
    await fill(`${root}/y`, { gzipped: false });
    await Deno.remove(`${root}/y/t10k-labels-idx1-ubyte`);
    assert.match(await failure(loadIdxFolder(`${root}/y`)), /expected a file "t10k-labels-idx1-ubyte" in it/);
    assert.match(
      await failure(loadIdxFolder(`${root}/none`)),
      /expected a folder .* got nothing of that name/,
    );
  }));

Deno.test("loadQmnist() trains on MNIST's images and tests on those of QMNIST's that MNIST does not have", () =>
  withFolder(async (root) => {
    const count = 10_030, pixels = images(count);
    const rows = Array.from(
      { length: count },
      (_, index) => `${index * 3 % 10}\t4\t${index}\t0\t34\t1\t0\t0`,
    );
    const archives = {
      images: { ...QMNIST_ARCHIVES.images, bytes: gzipSync(pixels) },
      labels: {
        ...QMNIST_ARCHIVES.labels,
        bytes: gzipSync(new TextEncoder().encode(rows.join("\n") + "\n")),
      },
    };
    const known = {
      images: { ...archives.images, digest: { kind: "md5", hex: md5(archives.images.bytes) } },
      labels: { ...archives.labels, digest: { kind: "sha256", hex: sha256(archives.labels.bytes) } },
    } as unknown as typeof QMNIST_ARCHIVES;
    for (const { file, bytes } of Object.values(archives)) await Deno.writeFile(`${root}/${file}`, bytes);
    const mnist: Dataset = {
      name: "mnist",
      train: { images: FILES.trainImages.subarray(16), labels: FILES.trainLabels.subarray(8) },
      test: { images: new Uint8Array(784), labels: new Uint8Array(1) },
      digests: { [IDX_FILES.trainImages]: "aa", [IDX_FILES.trainLabels]: "bb", [IDX_FILES.testLabels]: "cc" },
      source: "memory",
    };
    const parts = { archives: known, loadTraining: () => Promise.resolve(mnist) };
    const dataset = await loadQmnist({ dir: root }, parts);
    assert.equal(dataset.name, "qmnist");
    assert.equal(dataset.train, mnist.train);
    assert.deepEqual([...dataset.test.images], [...pixels.subarray(16 + 10_000 * 784)]);
    assert.deepEqual([...dataset.test.labels.subarray(0, 3)], [0, 3, 6]);
    assert.deepEqual(Object.keys(dataset.digests), [
      "train-images-idx3-ubyte",
      "train-labels-idx1-ubyte",
      "qmnist-test-images-idx3-ubyte",
      "qmnist-test-labels.tsv",
    ]);
    assert.match(
      await failure(loadQmnist({ dir: root })),
      /of MD5 .* instead of 1394631089c404de565df7b7aeaf9412/,
    );
  }));

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { loadDataset } from "../../data/dataset.ts";
import { CACHE_FOLDER, findMnist, loadMnist, MNIST_FILES, MNIST_MIRRORS } from "../../data/mnist.ts";
import { DataError, IDX_FILES } from "../../data/types.ts";
import { IGNORE_WITHOUT_MNIST, mnistFolder } from "./real_mnist.ts";

const NAMES = Object.values(IDX_FILES);
const OFFLINE: typeof fetch = () => Promise.reject(new TypeError("network is unreachable"));
const REMEDY = "put MNIST's own file there, or leave out --data to have the files found or downloaded";
const EMNIST = "these are not MNIST's bytes (EMNIST and QMNIST use like names)";
const TRAIN_HEADER = [0, 0, 8, 3, 0, 0, 0xea, 0x60, 0, 0, 0, 28, 0, 0, 0, 28];

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Puts the four files into `folder`, which it makes: links to the real ones, but for those given. */
async function fill(folder: string, contents: Readonly<Record<string, Uint8Array>>): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const name of NAMES) {
    const dotted = name.replace("-idx", ".idx");
    const given = [name, `${name}.gz`, dotted, `${dotted}.gz`].filter((file) => file in contents);
    for (const file of given) await Deno.writeFile(`${folder}/${file}`, contents[file]);
    if (given.length > 0) continue;
    const real = (await findMnist({ dir: mnistFolder() }))!.paths;
    const path = Object.values(real).flat().find((candidate) =>
      candidate.replace(/\.gz$/, "").endsWith(name)
    )!;
    await Deno.symlink(path, `${folder}/${name}${path.endsWith(".gz") ? ".gz" : ""}`);
  }
}

/** Four files of which the first has this content; the others are never right, but come later. */
async function fillFirst(folder: string, name: string, content: Uint8Array): Promise<void> {
  await fill(
    folder,
    Object.fromEntries([...NAMES.map((other) => [other, content]).slice(1), [name, content]]),
  );
}

async function dataError(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    assert.ok(!error.message.includes("\n"));
    return error.message;
  }
  assert.fail("expected a DataError");
}

async function realFile(key: keyof typeof IDX_FILES): Promise<Uint8Array> {
  const [path] = (await findMnist({ dir: mnistFolder() }))!.paths[key];
  const bytes = await Deno.readFile(path);
  return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

Deno.test("loadMnist() names the first missing file and the option that named the folder", async () => {
  await withFolder(async (folder) => {
    const remedy = (option: string) =>
      `put the four files there, or leave out ${option} to have them found or`;
    const first =
      'expected a file "train-images-idx3-ubyte" or "train-images.idx3-ubyte", with or without ".gz", got none';
    assert.equal(
      await dataError(loadMnist({ dir: folder, fetch: OFFLINE })),
      `Cannot load MNIST from "${folder}" (--data): ${first}; ${remedy("--data")} downloaded`,
    );
    assert.equal(
      await dataError(loadMnist({ mnistDirEnv: folder, fetch: OFFLINE })),
      `Cannot load MNIST from "${folder}" (MNIST_DIR): ${first}; ${remedy("MNIST_DIR")} downloaded`,
    );
    await Deno.writeFile(`${folder}/train-images-idx3-ubyte.gz`, new Uint8Array(1));
    assert.match(await dataError(loadMnist({ dir: folder })), /expected a file "train-labels-idx1-ubyte" or/);
  });
});

Deno.test("loadMnist() tells a folder that is not there from one that is a file", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    assert.match(
      await dataError(loadMnist({ dir: `${folder}/none` })),
      /\/none" \(--data\): expected a folder, got nothing of that name; /,
    );
    assert.match(await dataError(loadMnist({ dir: `${folder}/file` })), /expected a folder, got a file; /);
  });
});

Deno.test("loadMnist() without files and network names the ways out", async () => {
  await withFolder(async (folder) => {
    // Empty is unset: the default places are searched.
    const message = await dataError(
      loadMnist({ roots: [`${folder}/project`], mnistDirEnv: "", fetch: OFFLINE }),
    );
    assert.match(
      message,
      /network is unreachable \(storage\.googleapis\.com\) and network is unreachable \(ossci/,
    );
    assert.match(message, /set MNIST_DIR or pass --data with .* or use --dataset synthetic$/);
    assert.ok(message.includes(`"${folder}/project/data/cache/mnist", "${folder}/shared/mnist"`));
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("loadMnist() says what a file is that is not MNIST's, whatever its name, and never to delete it", async () => {
  const name = "train-images-idx3-ubyte";
  const text = (content: string) => new TextEncoder().encode(content);
  const idx = (...header: number[]) => Uint8Array.of(...header, ...new Array(784).fill(1));
  const cut = idx(...TRAIN_HEADER);
  const emnist = idx(0, 0, 8, 3, 0, 3, 0xa9, 0x80, 0, 0, 0, 28, 0, 0, 0, 28);
  const page = text("\ufeff\n<!DOCTYPE html>\n<html>Log in</html>");
  const pointer = text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9912422\n");
  const cases: readonly [content: Uint8Array, found: string, remedy?: string][] = [
    [new Uint8Array(0), "an empty file"],
    [page, 'a web page ("<!DOCTYPE html> <html>Lo…"), not the file that it offered'],
    [
      pointer,
      "a Git LFS pointer, which stands for a file that was not fetched",
      'run "git lfs pull" in the repository that it is from',
    ],
    [text("PK\u0003\u0004 and so on"), "a zip archive", "unpack it first"],
    [text("five"), "no IDX file (it begins 0x66697665)"],
    [cut, "800 bytes instead of 47,040,016: the file is cut short"],
    [gzipSync(cut), "800 bytes instead of 47,040,016: the file is cut short"],
    [
      gzipSync(cut, { level: 0 }).subarray(0, 500),
      "485 decompressed bytes and then the end of the gzip file",
    ],
    [gzipSync(cut).subarray(0, 5), "0 decompressed bytes and then the end of its header"],
    [
      Uint8Array.of(0x1f, 0x8b, 9, 0, 0, 0, 0, 0, 0, 0),
      "0 decompressed bytes and then an unknown compression method, 9",
    ],
    [emnist, "an IDX file of [240000,28,28] instead of [60000,28,28]: " + EMNIST],
    [gzipSync(emnist), "an IDX file of [240000,28,28] instead of [60000,28,28]: " + EMNIST],
  ];
  for (const [content, found, remedy = REMEDY] of cases) {
    for (const file of [name, `${name}.gz`, "train-images.idx3-ubyte", "train-images.idx3-ubyte.gz"]) {
      await withFolder(async (folder) => {
        await fillFirst(folder, file, content);
        assert.equal(
          await dataError(loadMnist({ dir: folder })),
          `Cannot use "${folder}/${file}": expected MNIST's ${name}, got ${found}; ${remedy}`,
        );
      });
    }
  }
});

Deno.test("loadMnist() does not decompress more than a file can hold, and says what it is", async () => {
  await withFolder(async (folder) => {
    const name = "train-images-idx3-ubyte.gz";
    const long = new Uint8Array(48_000_000);
    long.set(TRAIN_HEADER);
    await fillFirst(folder, name, gzipSync(long, { level: 1 }));
    assert.equal(
      await dataError(loadMnist({ dir: folder })),
      `Cannot use "${folder}/${name}": expected MNIST's train-images-idx3-ubyte, got more than 47,040,016 bytes ` +
        `instead of 47,040,016: something was added to the file; ${REMEDY}`,
    );
    // EMNIST's 240,000 images: more than MNIST's as well, but the header tells more
    long.set([0, 3, 0xa9, 0x80], 4);
    await Deno.writeFile(`${folder}/${name}`, gzipSync(long, { level: 1 }));
    assert.match(
      await dataError(loadMnist({ dir: folder })),
      /got an IDX file of \[240000,28,28\] instead of/,
    );
  });
});

Deno.test("loadMnist() names Fashion-MNIST's kind: a file of the right shape with other bytes", async () => {
  await withFolder(async (folder) => {
    const blank = new Uint8Array(MNIST_FILES.trainImages.bytes);
    blank.set(TRAIN_HEADER);
    const digest = createHash("sha256").update(blank).digest("hex");
    for (const name of ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"]) {
      const dir = `${folder}/${name.length}`;
      await Deno.mkdir(dir);
      await fillFirst(dir, name, name.endsWith(".gz") ? gzipSync(blank, { level: 1 }) : blank);
      assert.equal(
        await dataError(loadMnist({ dir })),
        `Cannot use "${dir}/${name}": expected MNIST's train-images-idx3-ubyte, got SHA-256 ${digest} instead of ` +
          `${MNIST_FILES.trainImages.sha256}: these are not MNIST's bytes ` +
          `(Fashion-MNIST and KMNIST come under the same names); ${REMEDY}`,
      );
    }
  });
});

Deno.test("loadMnist() does not read a file whole that is far too long", async () => {
  await withFolder(async (folder) => {
    const name = "train-labels-idx1-ubyte";
    const sparse = `${folder}/${name}`;
    await fill(folder, Object.fromEntries(NAMES.map((other) => [other, Uint8Array.of(0)])));
    await Deno.writeFile(sparse, Uint8Array.of(0, 0, 8, 1, 0, 0, 0xea, 0x60));
    await Deno.truncate(sparse, 100_000_000);
    const read: string[] = [];
    const opening = Deno.open;
    try {
      Deno.open = async (path, options) => {
        const file = await opening(path, options);
        const reading = file.read.bind(file);
        file.read = async (into) => {
          const length = await reading(into);
          if (String(path) === sparse) read.push(`${length}`);
          return length;
        };
        return file;
      };
      await dataError(loadMnist({ dir: folder }));
    } finally {
      Deno.open = opening;
    }
    const bytes = read.reduce((sum, length) => sum + Number(length), 0);
    assert.ok(bytes > 0 && bytes < 1_000_000, `${bytes} bytes were read`);
  });
});

Deno.test("loadMnist() names a file that cannot be read", async () => {
  await withFolder(async (folder) => {
    const name = "train-images-idx3-ubyte";
    await fillFirst(folder, name, new Uint8Array(1));
    const failing = Deno.open;
    try {
      // Permission bits do not stop a superuser, so the failure is put in here.
      Deno.open = (path, options) =>
        String(path).endsWith(name)
          ? Promise.reject(new Deno.errors.PermissionDenied("not allowed"))
          : failing(path, options);
      assert.equal(
        await dataError(loadMnist({ dir: folder })),
        `Cannot read "${folder}/${name}": expected a readable file, got "not allowed"; ${REMEDY}`,
      );
    } finally {
      Deno.open = failing;
    }
  });
});

Deno.test("loadMnist() stops when aborted before it starts", async () => {
  const signal = AbortSignal.abort();
  await assert.rejects(loadMnist({ signal, fetch: OFFLINE }), { name: "AbortError" });
});

Deno.test({
  name: "loadDataset() reads the real MNIST, with its digits, pixel mean and deviation",
  ignore: IGNORE_WITHOUT_MNIST,
  fn: async () => {
    const { name, train, test, digests, source } = await loadDataset("mnist", { dir: mnistFolder() });
    assert.equal(name, "mnist");
    assert.equal(source, mnistFolder());
    assert.deepEqual([train.images.length, test.images.length], [60_000 * 784, 10_000 * 784]);
    assert.deepEqual([train.labels.length, test.labels.length], [60_000, 10_000]);
    assert.deepEqual([...train.labels.subarray(0, 10)], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert.deepEqual([...test.labels.subarray(0, 10)], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    let sum = 0, squares = 0;
    for (const pixel of train.images) {
      sum += pixel;
      squares += pixel * pixel;
    }
    const mean = sum / train.images.length;
    const deviation = Math.sqrt(squares / train.images.length - mean * mean);
    // The constants that every MNIST recipe normalizes with.
    assert.equal((mean / 255).toFixed(4), "0.1307");
    assert.equal((deviation / 255).toFixed(4), "0.3081");
    assert.equal(
      digests["t10k-labels-idx1-ubyte"],
      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    );
  },
});

Deno.test({
  name: "loadMnist() looks into the cache, then ../shared/mnist, then torchvision's folder",
  ignore: IGNORE_WITHOUT_MNIST,
  fn: async () => {
    await withFolder(async (folder) => {
      const project = `${folder}/project`;
      const options = { roots: [`${folder}/elsewhere/nothing`, project], fetch: OFFLINE };
      for (
        const place of [`${project}/data/MNIST/raw`, `${folder}/shared/mnist`, `${project}/${CACHE_FOLDER}`]
      ) {
        await fill(place, {});
        assert.equal((await findMnist(options))?.folder, place);
      }
      assert.equal((await loadMnist(options)).source, `${project}/${CACHE_FOLDER}`);
      // A folder that is given counts alone, even where a default place would do.
      await assert.rejects(loadMnist({ ...options, mnistDirEnv: folder }), DataError);
      // torchvision's own root may be given as well.
      const given = { dir: `${project}/data`, mnistDirEnv: folder };
      assert.equal((await findMnist(given))?.folder, `${project}/data/MNIST/raw`);
    });
  },
});

Deno.test({
  name: "loadMnist() reads decompressed files, and names a damaged label file by digest",
  ignore: IGNORE_WITHOUT_MNIST,
  fn: async () => {
    await withFolder(async (folder) => {
      const labels = Uint8Array.from(await realFile("testLabels"));
      await fill(`${folder}/good`, { "t10k-labels-idx1-ubyte": labels });
      assert.equal((await loadMnist({ dir: `${folder}/good` })).test.labels[0], 7);
      labels[5000] ^= 0xff;
      for (const file of ["t10k-labels-idx1-ubyte", "t10k-labels-idx1-ubyte.gz"]) {
        const dir = `${folder}/${file.length}`;
        await fill(dir, { [file]: file.endsWith(".gz") ? gzipSync(labels) : labels });
        assert.match(
          await dataError(loadMnist({ dir })),
          new RegExp(
            `^Cannot use ".*/${file}": expected MNIST's t10k-labels-idx1-ubyte, got SHA-256 [0-9a-f]{64} ` +
              `instead of ${MNIST_FILES.testLabels.sha256}: these are not MNIST's bytes .*; ${REMEDY}$`,
          ),
        );
      }
    });
  },
});

Deno.test({
  name: "loadMnist() downloads what the cache lacks, from the second mirror where the first has a web page",
  ignore: IGNORE_WITHOUT_MNIST,
  fn: async () => {
    await withFolder(async (folder) => {
      const gzip = Object.fromEntries(
        await Promise.all(
          (["testImages", "testLabels"] as const).map(async (key) => [
            `${MNIST_MIRRORS[1]}${IDX_FILES[key]}.gz`,
            Uint8Array.from(gzipSync(await realFile(key), { level: 1 })),
          ]),
        ),
      );
      const asked: string[] = [];
      const mirrors: typeof fetch = (input) => {
        asked.push(String(input));
        return Promise.resolve(new Response(gzip[String(input)] ?? "<html>please log in</html>"));
      };
      const cache = `${folder}/project/${CACHE_FOLDER}`;
      await fill(cache, {});
      for (const entry of [...Deno.readDirSync(cache)]) {
        if (entry.name.startsWith("t10k")) await Deno.remove(`${cache}/${entry.name}`);
      }
      const reported = new Set<string>();
      const options = {
        roots: [`${folder}/project`],
        fetch: mirrors,
        onProgress: (file: string) => reported.add(file),
      };
      const dataset = await loadMnist(options);
      assert.equal(dataset.source, cache);
      assert.equal(dataset.test.labels[0], 7);
      assert.deepEqual(
        asked,
        [IDX_FILES.testImages, IDX_FILES.testLabels].flatMap((name) =>
          MNIST_MIRRORS.map((mirror) => `${mirror}${name}.gz`)
        ),
      );
      assert.deepEqual([...reported], ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]);
      assert.equal([...Deno.readDirSync(cache)].length, 4);

      // Found again without the network; damaged, it is named and neither used, replaced nor removed.
      assert.equal((await loadMnist({ ...options, fetch: OFFLINE })).source, cache);
      const damaged = `${cache}/t10k-labels-idx1-ubyte.gz`;
      await Deno.truncate(damaged, 2000);
      assert.match(
        await dataError(loadMnist(options)),
        /, got [\d,]+ decompressed bytes and then the end of the gzip file; delete this file, and the next run/,
      );
      assert.equal((await Deno.stat(damaged)).size, 2000);
      assert.equal(asked.length, 4);
    });
  },
});

Deno.test({
  name: "loadMnist() takes every spelling, mixed, gzipped or not, whatever the names say",
  ignore: IGNORE_WITHOUT_MNIST,
  fn: async () => {
    await withFolder(async (folder) => {
      const labels = Uint8Array.from(await realFile("testLabels"));
      const gzip = gzipSync(labels);
      const junk = new TextEncoder().encode("added by a download manager");
      const followed = (tail: Uint8Array) => Uint8Array.from([...gzip, ...tail]);
      const cases: readonly [name: string, content: Uint8Array][] = [
        ["t10k-labels.idx1-ubyte", labels],
        ["t10k-labels.idx1-ubyte.gz", gzip],
        ["t10k-labels-idx1-ubyte.gz", labels], // browsers decompress, and keep the name
        ["t10k-labels-idx1-ubyte", gzip],
        ["t10k-labels-idx1-ubyte.gz", followed(junk)],
        ["t10k-labels-idx1-ubyte.gz", followed(new Uint8Array(600_000))],
        ["t10k-labels-idx1-ubyte.gz", followed(Uint8Array.of(0x1f, 0x8b))],
        ["t10k-labels-idx1-ubyte.gz", followed(gzipSync(new Uint8Array(0)))],
        [
          "t10k-labels-idx1-ubyte.gz",
          Uint8Array.from([...gzipSync(labels.subarray(0, 99)), ...gzipSync(labels.subarray(99))]),
        ],
        ["t10k-labels-idx1-ubyte.gz", withNameAndComment(gzip)],
      ];
      for (const [index, [name, content]] of cases.entries()) {
        const dir = `${folder}/${index}`;
        await fill(dir, { "t10k-labels-idx1-ubyte": labels });
        await Deno.remove(`${dir}/t10k-labels-idx1-ubyte`);
        await Deno.writeFile(`${dir}/${name}`, content);
        assert.equal((await loadMnist({ dir })).test.labels[0], 7, `${name}, case ${index}`);
      }
      // of two files under one's names the right one is taken
      await Deno.writeFile(`${folder}/0/t10k-labels-idx1-ubyte`, new Uint8Array(0));
      assert.equal((await loadMnist({ dir: `${folder}/0` })).test.labels[0], 7);
    });
  },
});

/** The gzip file as `gzip` itself writes it, with the optional parts of RFC 1952. */
function withNameAndComment(gzip: Uint8Array): Uint8Array {
  const text = (content: string) => [...new TextEncoder().encode(content), 0];
  const header = [...gzip.subarray(0, 10)];
  header[3] = 2 | 4 | 8 | 16; // header checksum, extra field, name, comment
  return Uint8Array.from([
    ...header,
    3,
    0,
    1,
    2,
    3,
    ...text("labels"),
    ...text("ten thousand"),
    0,
    0,
    ...gzip.subarray(10),
  ]);
}

Deno.test({
  name: "loadMnist() looks into torchvision's raw/ below the folder of the data set and below its root",
  ignore: IGNORE_WITHOUT_MNIST,
  fn: async () => {
    await withFolder(async (folder) => {
      await fill(`${folder}/MNIST/raw`, {});
      for (const dir of [folder, `${folder}/MNIST`, `${folder}/MNIST/raw`]) {
        assert.equal((await loadMnist({ dir })).source, `${folder}/MNIST/raw`);
      }
      // where that is incomplete, the message says in which folder
      await Deno.remove(`${folder}/MNIST/raw/t10k-labels-idx1-ubyte.gz`).catch(() =>
        Deno.remove(`${folder}/MNIST/raw/t10k-labels-idx1-ubyte`)
      );
      const message = await dataError(loadMnist({ dir: `${folder}/MNIST` }));
      assert.ok(
        message.includes(
          `"t10k-labels.idx1-ubyte", with or without ".gz", in "${folder}/MNIST/raw" got none;`,
        ),
      );
    });
  },
});

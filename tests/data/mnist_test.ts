import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { loadDataset } from "../../data/dataset.ts";
import { CACHE_FOLDER, findMnist, loadMnist, MNIST_FILES, MNIST_MIRRORS } from "../../data/mnist.ts";
import { DataError, IDX_FILES } from "../../data/types.ts";
import { IGNORE_WITHOUT_MNIST, mnistFolder } from "./real_mnist.ts";

const NAMES = Object.values(IDX_FILES);
const OFFLINE: typeof fetch = () => Promise.reject(new TypeError("network is unreachable"));
const REMEDY = "delete or replace this file";

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
    const given = [name, `${name}.gz`].filter((file) => file in contents);
    for (const file of given) await Deno.writeFile(`${folder}/${file}`, contents[file]);
    if (given.length > 0) continue;
    const real = (await findMnist({ dir: mnistFolder() }))!.paths;
    const path = Object.values(real).find((candidate) => candidate.replace(/\.gz$/, "").endsWith(name))!;
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
  const path = (await findMnist({ dir: mnistFolder() }))!.paths[key];
  const bytes = await Deno.readFile(path);
  return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

Deno.test("loadMnist() names the first missing file and the option that named the folder", async () => {
  await withFolder(async (folder) => {
    const remedy = (option: string) =>
      `put the four files there, or leave out ${option} to have them found or`;
    const first = 'expected a file "train-images-idx3-ubyte" or "train-images-idx3-ubyte.gz", got none';
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

Deno.test("loadMnist() names an empty, foreign, cut or packed file with expected and actual", async () => {
  const name = "train-images-idx3-ubyte";
  const pixels = new Uint8Array(16 + 784);
  pixels.set([0, 0, 8, 3, 0, 0, 0xea, 0x60, 0, 0, 0, 28, 0, 0, 0, 28]);
  const cases: readonly [file: string, content: Uint8Array, message: string][] = [
    [name, new Uint8Array(0), `expected 47040016 bytes, got an empty file; ${REMEDY}`],
    [name, new TextEncoder().encode("<html>"), `expected magic 0x00000803, got 0x3c68746d; ${REMEDY}`],
    [name, pixels, `expected 47040016 bytes (its header says [60000,28,28]), got 800; ${REMEDY}`],
    [
      name,
      gzipSync(pixels),
      'expected magic 0x00000803, got 0x1f8b0800; decompress the gzip file first, or name it ".gz"',
    ],
    [`${name}.gz`, new Uint8Array(0), `expected gzip magic 0x1f8b, got an empty file; ${REMEDY}`],
    [`${name}.gz`, new TextEncoder().encode("<html>"), `expected gzip magic 0x1f8b, got 0x3c68; ${REMEDY}`],
    [
      `${name}.gz`,
      pixels,
      'expected gzip magic 0x1f8b, got 0x0000; it looks decompressed already: remove ".gz" from its name',
    ],
    [
      `${name}.gz`,
      gzipSync(pixels, { level: 0 }).subarray(0, 500),
      `expected 47040016 decompressed bytes, got 485 before the file ends; ${REMEDY}`,
    ],
  ];
  for (const [file, content, message] of cases) {
    await withFolder(async (folder) => {
      await fillFirst(folder, file, content);
      assert.equal(
        await dataError(loadMnist({ dir: folder })),
        `Cannot read "${folder}/${file}": ${message}`,
      );
    });
  }
});

Deno.test("loadMnist() does not decompress more than a file can hold", async () => {
  await withFolder(async (folder) => {
    const name = "train-images-idx3-ubyte.gz";
    await fillFirst(folder, name, gzipSync(new Uint8Array(48_000_000), { level: 1 }));
    assert.equal(
      await dataError(loadMnist({ dir: folder })),
      `Cannot read "${folder}/${name}": expected 47040016 decompressed bytes, got more; ${REMEDY}`,
    );
  });
});

Deno.test("loadMnist() names a file of the right shape with expected and actual digest", async () => {
  await withFolder(async (folder) => {
    const blank = new Uint8Array(MNIST_FILES.trainImages.bytes);
    blank.set([0, 0, 8, 3, 0, 0, 0xea, 0x60, 0, 0, 0, 28, 0, 0, 0, 28]);
    await fillFirst(folder, "train-images-idx3-ubyte", blank);
    assert.equal(
      await dataError(loadMnist({ dir: folder })),
      `Cannot use "${folder}/train-images-idx3-ubyte": expected SHA-256 ${MNIST_FILES.trainImages.sha256}, ` +
        `got ${createHash("sha256").update(blank).digest("hex")}; ${REMEDY}`,
    );
  });
});

Deno.test("loadMnist() names a file that cannot be read", async () => {
  await withFolder(async (folder) => {
    const name = "train-images-idx3-ubyte";
    await fillFirst(folder, name, new Uint8Array(1));
    const failing = Deno.readFile;
    try {
      // Permission bits do not stop a superuser, so the failure is put in here.
      Deno.readFile = (path, options) =>
        String(path).endsWith(name)
          ? Promise.reject(new Deno.errors.PermissionDenied("not allowed"))
          : failing(path, options);
      assert.equal(
        await dataError(loadMnist({ dir: folder })),
        `Cannot read "${folder}/${name}": expected a readable file, got "not allowed"; ${REMEDY}`,
      );
    } finally {
      Deno.readFile = failing;
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
            `^Cannot use ".*/${file}": expected SHA-256 ${MNIST_FILES.testLabels.sha256}, got [0-9a-f]{64}; ${REMEDY}$`,
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
        /t10k-labels-idx1-ubyte\.gz": expected 10008 decompressed bytes, got \d+ before the file ends; delete or/,
      );
      assert.equal((await Deno.stat(damaged)).size, 2000);
      assert.equal(asked.length, 4);
    });
  },
});

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { loadMnist } from "../../data/mnist.ts";
import { DataError } from "../../data/types.ts";
import { loadWriters, WRITER_CACHE_FOLDER, WRITER_FILES, WRITER_MIRRORS } from "../../data/writers.ts";
import { IGNORE_WITHOUT_MNIST, mnistFolder } from "./real_mnist.ts";
import { IGNORE_WITHOUT_WRITERS, realWriters } from "./real_writers.ts";

const OFFLINE: typeof fetch = () => Promise.reject(new TypeError("network is unreachable"));
const FILES = Object.values(WRITER_FILES);

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const refuse = () => assert.fail("the writers are there");
const distinct = (values: Iterable<number>) => new Set(values);

/** The real files as they lie, by name. */
function realFiles(): Map<string, Uint8Array> {
  const { source } = realWriters();
  return new Map(FILES.map(({ name }) => {
    const [entry] = [...Deno.readDirSync(source)].filter((each) => each.name.startsWith(name));
    const bytes = Deno.readFileSync(`${source}/${entry.name}`);
    return [name, entry.name.endsWith(".gz") ? bytes : gzipSync(bytes)];
  }));
}

Deno.test({
  name: "loadWriters() knows the writer of every image of MNIST",
  ignore: IGNORE_WITHOUT_WRITERS || IGNORE_WITHOUT_MNIST,
  async fn() {
    const { train, test } = realWriters();
    const mnist = await loadMnist({ dir: mnistFolder() });
    // the right rows in the right order: the labels are MNIST's own
    assert.deepEqual(train.label, Uint8Array.from(mnist.train.labels));
    assert.deepEqual(test.label, Uint8Array.from(mnist.test.labels));
    assert.equal(train.writer.length, 60_000);
    assert.equal(train.series.length, 60_000);
    // as published: no writer in both, and half of the test set by students
    const trainWriters = distinct(train.writer), testWriters = distinct(test.writer);
    assert.equal(testWriters.size, 297);
    assert.equal(trainWriters.size, 539);
    assert.equal(trainWriters.intersection(testWriters).size, 0);
    assert.deepEqual([...distinct(test.series)].sort(), [0, 4]);
    assert.equal(test.series.filter((series) => series === 4).length, 5001);
    const first = distinct(train.writer.subarray(0, 50_000)), last = distinct(train.writer.subarray(50_000));
    assert.equal(last.size, 305);
    assert.equal(last.intersection(first).size, 251);
  },
});

Deno.test("loadWriters() says where it looked, and what the download gave", async () => {
  await withFolder(async (folder) => {
    const reasons: string[] = [];
    const roots = [`${folder}/project`], onAbsent = (reason: string) => void reasons.push(reason);
    assert.equal(await loadWriters({ dir: folder, roots, onAbsent, fetch: OFFLINE }), null);
    const looked =
      `"qmnist-train-labels.tsv.gz" and "qmnist-test-labels.tsv.gz" are in none of "${folder}", ` +
      `"${folder}/qmnist", "${folder}/project/data/cache/qmnist", "${folder}/shared/qmnist"`;
    assert.deepEqual(reasons, [looked]);
    assert.equal(await loadWriters({ dir: "", roots, onAbsent, mayDownload: true, fetch: OFFLINE }), null);
    assert.ok(
      reasons[1].endsWith(
        ", and the download gave network is unreachable (raw.githubusercontent.com)",
      ),
      reasons[1],
    );
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test({
  name: "loadWriters() downloads what is missing, verified, into the cache",
  ignore: IGNORE_WITHOUT_WRITERS,
  async fn() {
    const files = realFiles();
    await withFolder(async (folder) => {
      const asked: string[] = [];
      const fetch_: typeof fetch = (input) => {
        const url = String(input);
        asked.push(url);
        const bytes = files.get(url.slice(WRITER_MIRRORS[0].length).replace(/\.gz$/, ""))!;
        return Promise.resolve(new Response(Uint8Array.from(bytes)));
      };
      const options = { roots: [folder], onAbsent: refuse, mayDownload: true, fetch: fetch_ };
      const downloaded = await loadWriters(options);
      assert.deepEqual(asked, FILES.map(({ name }) => `${WRITER_MIRRORS[0]}${name}.gz`));
      assert.equal(downloaded?.source, `${folder}/${WRITER_CACHE_FOLDER}`);
      assert.deepEqual(downloaded?.test, realWriters().test);
      await loadWriters(options);
      assert.equal(asked.length, 2);
    });
  },
});

Deno.test({
  name: "loadWriters() refuses a file that is not the one that it should be",
  ignore: IGNORE_WITHOUT_WRITERS,
  async fn() {
    const files = realFiles();
    const [train, test] = FILES;
    const cases: readonly [content: Uint8Array, found: RegExp][] = [
      [
        files.get(train.name)!,
        /expected QMNIST's qmnist-test-labels\.tsv, got 1477471 bytes of SHA-256 d12b/,
      ],
      [files.get(test.name)!.subarray(0, 1000), /decompressed bytes and then the end of the gzip file; put/],
      [new TextEncoder().encode("<html>"), /got 6 bytes of SHA-256/],
      [gzipSync(new Uint8Array(test.bytes + 1)), /got more than 1501745 decompressed bytes; put/],
      [new Uint8Array(3_000_000), /expected at most 1501745 bytes, got 3000000; put/],
    ];
    for (const [content, found] of cases) {
      await withFolder(async (folder) => {
        await Deno.writeFile(`${folder}/${train.name}.gz`, files.get(train.name)!);
        await Deno.writeFile(`${folder}/${test.name}.gz`, content);
        await assert.rejects(
          loadWriters({ dir: folder, roots: [], onAbsent: refuse }),
          (error) => error instanceof DataError && found.test(error.message) && !error.message.includes("\n"),
        );
      });
    }
  },
});

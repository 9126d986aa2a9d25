/**
 * @file Runs that hold training images out: what is measured, what is written, and that no test image is ever seen.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { main } from "../../../bench/commands/bench.ts";
import { main as verify } from "../../../bench/commands/verify.ts";
import { parseManifest } from "../../../bench/run/manifest.ts";
import { validationNote } from "../../../bench/report/report.ts";
import { readResults } from "../../../bench/run/results.ts";
import { countTried } from "../../../bench/run/tried.ts";
import { batchNorm, flatten, linear } from "../../../models/layers/mod.ts";
import type { TrainOptions, Trial } from "../../../engine/engine.ts";
import { FakeEngine } from "../fake_engine.ts";
import { fakeSurroundings, SHORT, smallDataset, withFolder } from "../fixtures.ts";

/** What is held out stands in the test set's place, too. */
const SAME_IMAGES = { validationGap: 0 };
/** The fixture's test images are all of this shade, the training images are 0 or their writer's. */
const TEST_SHADE = 255;
const WRITERS = 40;

function markedDataset() {
  const dataset = smallDataset(), { labels, images } = dataset.train;
  const writer = Uint16Array.from(labels, (_, image) => image * 7 % WRITERS);
  return {
    dataset: {
      ...dataset,
      train: { labels, images: Uint8Array.from(images, (_, at) => writer[Math.floor(at / 784)]) },
      test: { ...dataset.test, images: dataset.test.images.fill(TEST_SHADE) },
    },
    writers: {
      train: { writer, series: new Uint8Array(labels.length), label: labels },
      test: { writer: new Uint16Array(), series: new Uint8Array(), label: new Uint8Array() },
      source: "made up",
      digests: {},
    },
  };
}

/** Remembers what it was given. */
class Watched extends FakeEngine {
  readonly given: { readonly trials: readonly Trial[]; readonly options: TrainOptions }[] = [];

  override train(trials: readonly Trial[], options: TrainOptions): Promise<void> {
    this.given.push({ trials, options });
    return super.train(trials, options);
  }
}

Deno.test("bench --validate gives the engine no test image, and no writer on both sides", () =>
  withFolder(async (out) => {
    const engine = new Watched(SAME_IMAGES);
    const surroundings = fakeSurroundings({ engine, ...markedDataset() });
    assert.equal(await main(["--validate", "--out", out], surroundings), 0, surroundings.err.text());
    const [{ trials, options: { train, test } }] = engine.given;
    assert.ok(!train.images.includes(TEST_SHADE) && !test.images.includes(TEST_SHADE));
    // by this the GPU engine knows what it can train side by side
    assert.equal(new Set(trials.map(({ iteration }) => iteration)).size, 2);
    const held = test.labels.length, rest = train.labels.length - held;
    assert.ok(
      trials.every(({ iteration: { training } }) =>
        training.validationCount === held && training.trainCount === rest
      ),
    );
    const shades = (images: Uint8Array) => new Set(images);
    const trained = shades(train.images.subarray(0, rest * 784)), heldOut = shades(test.images);
    assert.deepEqual(shades(train.images.subarray(rest * 784)), heldOut);
    assert.equal(trained.intersection(heldOut).size, 0);
    assert.equal(trained.union(heldOut).size, WRITERS);
    assert.ok(held >= 5000 / 6 && held < 5000 / 6 + 5000 / WRITERS);
  }));

Deno.test("bench --validate writes validation figures under their own name, and none of the test set", () =>
  withFolder(async (out) => {
    const surroundings = fakeSurroundings({ engine: new FakeEngine(SAME_IMAGES), ...markedDataset() });
    await main(["--validate", "--out", out], surroundings);
    const lines = (file: string) => Deno.readTextFileSync(join(out, file)).trimEnd().split("\n");
    const cells = (file: string, column: string) => {
      const [header, ...rows] = lines(file).map((line) => line.split(","));
      assert.ok(header.includes(column), `${file} has no ${column}`);
      return rows.map((row) => row[header.indexOf(column)]);
    };
    assert.ok(cells("epochs.csv", "testAccuracy").every((cell) => cell === ""));
    assert.ok(cells("epochs.csv", "testLoss").every((cell) => cell === ""));
    assert.ok(cells("epochs.csv", "validationAccuracy").every((cell) => Number(cell) > 0.9));
    for (const file of ["trials.csv", "summary.csv"]) {
      assert.ok(!/(final|best)Test/.test(lines(file)[0].replace("claimedBestTest", "")), lines(file)[0]);
    }
    const last = cells("epochs.csv", "validationAccuracy").filter((_, at) =>
      cells("epochs.csv", "epoch")[at] === "2" && cells("epochs.csv", "iteration")[at] === "1"
    );
    assert.deepEqual(cells("trials.csv", "finalValidationAccuracy").slice(0, 3), last);
    const summary = lines("SUMMARY.md").join("\n"), shown = surroundings.out.text();
    for (const text of [summary, shown]) {
      assert.match(text, /The test set was not evaluated\./);
      assert.ok(!/test (accuracy|images)/i.test(text), text);
    }
    assert.match(summary, /Tried on these images so far: 2 recipes in 6 trials/);
    assert.equal(lines("claims.csv").length, 1);
    // something was published of both, and nothing of it is about these images
    assert.deepEqual(cells("summary.csv", "claim"), ["notJudged", "notJudged"]);
    assert.equal(summary.match(/^ {2}- claim not judged$/gm)?.length, 2);
    assert.ok(!summary.includes("nothing published"));
    assert.ok(!/ of them were evaluated/.test(summary));
    assert.equal(readResults(out).trials.length, 6);
  }));

Deno.test("validationNote() says how many of the images that were held out a quick run evaluated", () => {
  const run = {
    schema: 2,
    dataset: { name: "mnist", digests: {}, trainImages: 8000, testImages: 2000 },
    engine: { name: "wasm", version: 2 },
    quick: true,
    epochs: 2,
    validation: { images: 10_118, writers: 90, digest: "" },
  } as const;
  assert.deepEqual(validationNote(run), [
    "Validation: 10,118 images held out, all training images of 90 writers, none of whom wrote an image that is trained " +
    "on. 2,000 of them were evaluated. The test set was not evaluated.",
  ]);
});

Deno.test("bench --validate keeps a folder and a run on the test set apart, and continues its own", () =>
  withFolder(async (out) => {
    const run = (...args: string[]) => {
      const surroundings = fakeSurroundings({ engine: new FakeEngine(SAME_IMAGES), ...markedDataset() });
      return main([...args, "--out", out], surroundings).then((code) => ({
        code,
        err: surroundings.err.text(),
      }));
    };
    await run("--validate", "--seeds", "0");
    const { code, err } = await run("--seeds", "0");
    assert.equal(code, 2);
    assert.match(
      err,
      /expected accuracies of held-out images with SHA-256 [0-9a-f]{64} as in the folder, got the test set/,
    );
    assert.equal((await run("--validate", "--seeds", "0-1")).code, 0);
    assert.deepEqual(readResults(out).manifest.tried, { recipes: 2, ideas: 0, trials: 4 });
  }));

Deno.test("bench --validate refuses MNIST without its writers, and holds the last images out of data that has none", () =>
  withFolder(async (out) => {
    const { dataset } = markedDataset();
    const refused = fakeSurroundings({ engine: new FakeEngine(SAME_IMAGES), dataset });
    assert.equal(await main(["--validate", "--out", out], refused), 2);
    assert.match(
      refused.err.text(),
      /Cannot hold out training images by writer: expected QMNIST's labels.*got none \(there are none\)/,
    );
    const engine = new Watched(SAME_IMAGES);
    const drawn = fakeSurroundings({ engine, dataset: { ...dataset, name: "synthetic" } });
    assert.equal(await main(["--validate", "--dataset", "synthetic", "--out", out], drawn), 0);
    assert.equal(engine.given[0].options.test.labels.length, Math.floor(5000 / 6));
    assert.match(drawn.out.text(), /the last training images; the data set does not say who made which/);
  }));

Deno.test("bench --validate refuses a recipe that what is left of the images leaves a last batch of one", () =>
  withFolder(async (out) => {
    const layers = [flatten(), linear({ out: 8 }), batchNorm(), linear({ out: 10 })];
    const iteration = {
      ...SHORT,
      layers,
      parameters: 6386,
      training: { ...SHORT.training, batchSize: 2 },
      claim: undefined,
    };
    const { dataset } = markedDataset(), engine = new Watched(SAME_IMAGES);
    const surroundings = fakeSurroundings({
      engine,
      catalog: [iteration],
      dataset: { ...dataset, name: "synthetic" },
    });
    // 5,000 images make whole batches of 2, the 4,167 that are left do not
    assert.equal(await main(["--validate", "--dataset", "synthetic", "--out", out], surroundings), 2);
    assert.match(surroundings.err.text(), /^error: Cannot use .*: expected .*batch.*\n$/);
    assert.deepEqual([...Deno.readDirSync(out)], []);
  }));

Deno.test("verify trains a row of a validation run again on the same images", () =>
  withFolder(async (out) => {
    const fixture = () => fakeSurroundings({ engine: new FakeEngine(SAME_IMAGES), ...markedDataset() });
    await main(["--validate", "--seeds", "0", "--out", out], fixture());
    const surroundings = { ...fixture(), random: () => 0 };
    const code = await verify(["1/0", "--against", out], surroundings);
    assert.equal(code, 0, surroundings.out.text() + surroundings.err.text());
    assert.match(surroundings.out.text(), /verified: identical/);
  }));

Deno.test("countTried() counts recipes and trials of all folders of results/runs on the same images", () =>
  withFolder(async (root) => {
    const runs = join(root, "results", "runs");
    const train = (name: string, args: readonly string[], batchSize: number) => {
      const { claim: _, ...idea } = SHORT;
      const catalog = [{ ...batchSize === 8 ? SHORT : idea, training: { ...SHORT.training, batchSize } }];
      const surroundings = fakeSurroundings({
        engine: new FakeEngine(SAME_IMAGES),
        catalog,
        ...markedDataset(),
      });
      return main([...args, "--out", join(runs, name)], surroundings);
    };
    await train("a", ["--validate", "--seeds", "0-2"], 8);
    // as a field or a search keeps its runs
    await train(join("field", "wasm"), ["--validate", "--seeds", "0-1"], 16);
    await train("the-same", ["--validate", "--seeds", "2-3"], 8);
    const ablated = { ...SHORT, id: 9005, claim: undefined, training: { ...SHORT.training, batchSize: 4 } };
    await main(
      ["--validate", "--seeds", "0", "--out", join(runs, "c")],
      fakeSurroundings({ engine: new FakeEngine(SAME_IMAGES), catalog: [ablated], ...markedDataset() }),
    );
    await train("tested", ["--seeds", "0-8"], 32);
    const manifest = (name: string) => {
      const path = join(runs, name, "manifest.json");
      return parseManifest(Deno.readTextFileSync(path), path);
    };
    assert.deepEqual(manifest("a").tried, { recipes: 1, ideas: 0, trials: 3 });
    assert.deepEqual(manifest("the-same").tried, { recipes: 2, ideas: 1, trials: 6 });
    assert.deepEqual(countTried(join(runs, "a"), manifest("a")), { recipes: 3, ideas: 1, trials: 7 });
    assert.deepEqual(countTried(join(runs, "tested"), manifest("tested")), {
      recipes: 1,
      ideas: 1,
      trials: 9,
    });
    assert.deepEqual(countTried(join(root, "elsewhere", "a"), manifest("a")), {
      recipes: 1,
      ideas: 0,
      trials: 3,
    });
    // a colleague's, with mode 700: the tests may run as a user who may read everything
    const { readDirSync } = Deno, closed = join(runs, "field");
    try {
      Deno.readDirSync = (path) => {
        if (path === closed) throw new Deno.errors.PermissionDenied(`readdir '${path}'`);
        return readDirSync(path);
      };
      assert.deepEqual(countTried(join(runs, "a"), manifest("a")), { recipes: 2, ideas: 0, trials: 5 });
    } finally {
      Deno.readDirSync = readDirSync;
    }
  }));

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { loadDataset } from "../../data/dataset.ts";
import { encodeIdx } from "../../data/idx.ts";
import { drawDataset } from "../../data/synthetic.ts";
import type { DatasetName, LabelledImages } from "../../data/types.ts";

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

/** Share of `test` whose nearest training image, by squared pixel difference, has the same label. */
function nearestNeighbourAccuracy(train: LabelledImages, test: LabelledImages): number {
  let right = 0;
  for (let index = 0; index < test.labels.length; index++) {
    const image = test.images.subarray(index * 784, (index + 1) * 784);
    let least = Infinity, nearest = -1;
    for (let other = 0; other < train.labels.length; other++) {
      let distance = 0;
      for (let pixel = 0, at = other * 784; pixel < 784 && distance < least; pixel++, at++) {
        const difference = image[pixel] - train.images[at];
        distance += difference * difference;
      }
      if (distance < least) [least, nearest] = [distance, other];
    }
    if (train.labels[nearest] === test.labels[index]) right++;
  }
  return right / test.labels.length;
}

Deno.test("drawDataset() gives the recorded bytes", () => {
  const { digests, train } = drawDataset({ trainCount: 200, testCount: 50 });
  assert.deepEqual(digests, {
    "train-images-idx3-ubyte": "2027bc203a2a699d1e71d709a218979bcc82e9625b38a131f5adf7d45f68c5d9",
    "train-labels-idx1-ubyte": "5facbcf4006e1c518b00845b174762a5ba190191b72c0f8af57c3b820a7da436",
    "t10k-images-idx3-ubyte": "f8b1a8c73cfec9bd6eb515e4b5f1aacdeeca50cc7f0349a72e839ee562d950b2",
    "t10k-labels-idx1-ubyte": "cbff7d658773ab66307fc2fdb4e168c695f08c2626125db2de0d2a5e175be38d",
  });
  assert.deepEqual([...train.labels.subarray(0, 10)], [5, 5, 2, 2, 8, 7, 0, 8, 8, 8]);
  // A digest is that of the IDX file, as it is for MNIST.
  const file = encodeIdx(train.images, [200, 28, 28]);
  assert.equal(digests["train-images-idx3-ubyte"], createHash("sha256").update(file).digest("hex"));
});

Deno.test("drawDataset() draws a smaller set as the beginning of a larger one", () => {
  const small = drawDataset({ trainCount: 30, testCount: 10 });
  const large = drawDataset({ trainCount: 60, testCount: 20 });
  assert.ok(equalBytes(small.train.images, large.train.images.subarray(0, 30 * 784)));
  assert.ok(equalBytes(small.test.images, large.test.images.subarray(0, 10 * 784)));
  assert.deepEqual(small.test.labels, large.test.labels.subarray(0, 10));
});

Deno.test("drawDataset() draws other digits for testing and for another seed", () => {
  const { train, test } = drawDataset({ trainCount: 50, testCount: 50 });
  assert.ok(!equalBytes(train.images, test.images));
  const other = drawDataset({ drawSeed: 1, trainCount: 50, testCount: 50 });
  assert.ok(!equalBytes(train.images, other.train.images));
  assert.equal(other.source, "drawn from seed 1");
});

Deno.test("drawDataset() draws all digits about equally often, with MNIST's share of ink", () => {
  const { train } = drawDataset({ trainCount: 5000, testCount: 1 });
  for (let digit = 0; digit < 10; digit++) {
    const count = train.labels.filter((label) => label === digit).length;
    assert.ok(Math.abs(count - 500) < 100, `${count} of 5000 are ${digit}`); // 100 is 4.7 standard deviations
  }
  const mean = train.images.reduce((sum, pixel) => sum + pixel, 0) / train.images.length / 255;
  assert.ok(Math.abs(mean - 0.1307) < 0.03, `mean pixel ${mean}`);
  assert.equal(train.images.reduce((most, pixel) => Math.max(most, pixel), 0), 255);
});

Deno.test("drawDataset() draws digits that can be told apart, but not trivially", () => {
  const { train, test } = drawDataset({ trainCount: 2000, testCount: 200 });
  const accuracy = nearestNeighbourAccuracy(train, test);
  // MNIST's own first 2,000 training images give 0.87 on its first 1,000 test images.
  assert.ok(accuracy > 0.75 && accuracy < 0.95, `nearest neighbour: ${accuracy}`);
});

Deno.test("drawDataset() refuses a seed that is no uint32 and a count that is not positive", () => {
  assert.throws(
    () => drawDataset({ drawSeed: -1 }),
    new RangeError("Cannot draw digits: expected a uint32 seed, got -1; pass 0 to 4294967295"),
  );
  assert.throws(() => drawDataset({ drawSeed: 2 ** 32 }), RangeError);
  assert.throws(
    () => drawDataset({ trainCount: 0 }),
    new RangeError("Cannot draw digits: expected a positive count, got 0; pass a whole number"),
  );
  assert.throws(() => drawDataset({ trainCount: 1, testCount: 1.5 }), RangeError);
});

Deno.test("loadDataset() draws the synthetic set, and lists the names it knows", async () => {
  const { name, train, test } = await loadDataset("synthetic", { trainCount: 3, testCount: 2 });
  assert.equal(name, "synthetic");
  assert.deepEqual([train.images.length, test.images.length], [3 * 784, 2 * 784]);
  await assert.rejects(
    loadDataset("fashion" as DatasetName),
    new RangeError(
      'Cannot load a data set: expected "mnist" or "qmnist" or "fashion-mnist" or "kmnist" or "synthetic", got "fashion"; pass one of these',
    ),
  );
});

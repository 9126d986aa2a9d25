import assert from "node:assert/strict";
import { holdOut, splitForValidation } from "../../data/validation_split.ts";
import { IGNORE_WITHOUT_WRITERS, realWriters } from "./real_writers.ts";

/** Twelve writers of two series with 10 to 21 images each, mixed. */
function madeUpWriters() {
  const all = Array.from({ length: 12 }, (_, writer) => Array.from({ length: 10 + writer }, () => writer))
    .flat();
  const mixed = all.map((_, index) => all[index * 61 % all.length]);
  return {
    writer: Uint16Array.from(mixed),
    series: Uint8Array.from(mixed, (writer) => writer % 2 === 0 ? 0 : 4),
  };
}

Deno.test("splitForValidation() holds out whole writers, a sixth of each series' images and no writer more", () => {
  const { writer, series } = madeUpWriters();
  const { images, writers } = splitForValidation(writer.length, { writer, series });
  const held = new Set(images);
  const heldWriters = new Set([...images].map((image) => writer[image]));
  assert.equal(heldWriters.size, writers);
  writer.forEach((each, image) => assert.equal(held.has(image), heldWriters.has(each)));
  for (const each of [0, 4]) {
    const count = (among: Iterable<number>) => [...among].filter((image) => series[image] === each).length;
    const total = count(writer.keys()), taken = count(images);
    const largest = 21;
    assert.ok(taken >= total / 6 && taken < total / 6 + largest, `${taken} of ${total}`);
  }
});

Deno.test("splitForValidation() gives everybody the same, in whatever order writers appear", () => {
  const { writer, series } = madeUpWriters();
  const chosen = (order: readonly number[]) => {
    const shuffled = {
      writer: Uint16Array.from(order, (at) => writer[at]),
      series: Uint8Array.from(order, (at) => series[at]),
    };
    const { images } = splitForValidation(order.length, shuffled);
    return [...new Set([...images].map((image) => shuffled.writer[image]))].sort((a, b) => a - b);
  };
  const order = [...writer.keys()];
  assert.deepEqual(chosen(order.toReversed()), chosen(order));
});

Deno.test("splitForValidation() takes the last sixth where nobody knows the writers", () => {
  const { images, writers } = splitForValidation(60, null);
  assert.deepEqual([...images], [50, 51, 52, 53, 54, 55, 56, 57, 58, 59]);
  assert.equal(writers, null);
});

Deno.test({
  name: "splitForValidation() of MNIST: 90 of its 539 writers, the same on every machine",
  ignore: IGNORE_WITHOUT_WRITERS,
  fn() {
    const { train } = realWriters();
    const { images, writers, digest } = splitForValidation(60_000, train);
    assert.deepEqual([images.length, writers], [10_118, 90]);
    assert.equal(digest, "c6dc942c9ec5185229dbcedeec724414f2940312e3b1063e51dc146b0fc9a66e");
    const held = new Set(images), heldWriters = new Set([...images].map((image) => train.writer[image]));
    const leaked = train.writer.filter((writer, image) => !held.has(image) && heldWriters.has(writer));
    assert.equal(leaked.length, 0);
  },
});

Deno.test("holdOut() puts the held-out images where the test set was and keeps nothing of it", () => {
  const count = 12;
  const set = (shade: number) => ({
    images: Uint8Array.from({ length: count * 784 }, (_, at) => shade + Math.floor(at / 784)),
    labels: Uint8Array.from({ length: count }, (_, at) => at % 10),
  });
  const dataset = { name: "x", train: set(0), test: set(100), digests: {}, source: "memory" };
  const split = { images: Uint32Array.of(1, 5, 11), writers: 2, digest: "" };
  const { train, test } = holdOut(dataset, split);
  assert.deepEqual([...test.labels], [1, 5, 1]);
  assert.deepEqual([...train.labels], [0, 2, 3, 4, 6, 7, 8, 9, 0]);
  for (const [place, image] of split.images.entries()) {
    assert.ok(test.images.subarray(place * 784, (place + 1) * 784).every((pixel) => pixel === image));
  }
  assert.ok(train.images.every((pixel) => pixel < 100 && ![1, 5, 11].includes(pixel)));
});

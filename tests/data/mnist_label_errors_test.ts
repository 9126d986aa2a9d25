import assert from "node:assert/strict";
import { loadMnist } from "../../data/mnist.ts";
import { MNIST_LABEL_ERRORS } from "../../data/mnist_label_errors.ts";
import { IGNORE_WITHOUT_MNIST, mnistFolder } from "./real_mnist.ts";

Deno.test("MNIST_LABEL_ERRORS are 15 images whose label fewer than three of five people chose", () => {
  // The number that the study publishes for MNIST.
  assert.equal(MNIST_LABEL_ERRORS.length, 15);
  for (const { given, guessed, people } of MNIST_LABEL_ERRORS) {
    assert.notEqual(given, guessed);
    assert.equal(people.given + people.guessed + people.neither, 5);
    assert.ok(people.given < 3);
  }
});

Deno.test({
  name: "MNIST_LABEL_ERRORS give the labels that MNIST has",
  ignore: IGNORE_WITHOUT_MNIST,
  async fn() {
    const { test } = await loadMnist({ dir: mnistFolder() });
    for (const { index, given } of MNIST_LABEL_ERRORS) assert.equal(test.labels[index], given, String(index));
  },
});

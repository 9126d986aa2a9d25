/**
 * Published rows, exported, on all of MNIST's test images: other runtimes predict what the row's predictions file holds.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { engineLogits } from "../../bench/weights/evaluate.ts";
import { main as exportRow } from "../../bench/commands/export.ts";
import { networkOfRow } from "../../bench/weights/trained.ts";
import { sha256Hex } from "../../engine/digest.ts";
import { foldBatchNorms } from "../../export/fold.ts";
import { serializeWeights } from "../../export/mod.ts";
import { serializeOnnx } from "../../export/onnx/model.ts";
import { serializePytorch } from "../../export/pytorch.ts";
import { loadMnist } from "../../data/mnist.ts";
import { IGNORE_WITHOUT_MNIST, mnistFolder } from "../data/real_mnist.ts";
import { recordOutput } from "../bench/fixtures.ts";
import { FLOAT32_BOUND, predictionsOf, relativeError } from "./networks.ts";
import {
  IGNORE_WITHOUT_ONNXRUNTIME,
  IGNORE_WITHOUT_PYTORCH,
  inFolder,
  isRequired,
  run,
  runOnnx,
  runPytorch,
} from "./runtimes.ts";

const PIXELS = 28 * 28;
const REFERENCE = join("results", "reference");
/** Iteration 2 is 1, trained longer. */
const ITERATIONS = [1, 3, 4, 5];
/** Seconds each, in every runtime: the others run where `REQUIRE` lists `exports`, as `deno task test:export` does. */
const ALWAYS: Readonly<Record<"onnxruntime" | "pytorch", readonly number[]>> = {
  onnxruntime: [1, 5],
  // the program that the last test runs is of iteration 1
  pytorch: [],
};
/** Of these images logits are compared with the engine's, and folded networks are run. */
const SOME = 500 * PIXELS;

async function rowOf(iteration: number) {
  const file = join(REFERENCE, "predictions", `iteration-${iteration}-seed-0.bin`);
  return { ...await networkOfRow(REFERENCE, { iteration, seed: 0 }), predictions: Deno.readFileSync(file) };
}

const testSet = async () => (await loadMnist({ dir: mnistFolder() })).test;

/**
 * Asserts that digits are those of the row's predictions file.
 *
 * Where two logits are as near as two roundings of them may be off, either digit is right: whoever trains the reference
 * anew may meet such an image, one in tens of thousands.
 */
async function assertPredicts(got: Uint8Array, images: Uint8Array, row: Awaited<ReturnType<typeof rowOf>>) {
  assert.equal(got.length, row.predictions.length);
  for (const [image, digit] of got.entries()) {
    const recorded = row.predictions[image];
    if (digit === recorded) continue;
    const pixels = images.subarray(image * PIXELS, (image + 1) * PIXELS);
    const logits = await engineLogits(row.network, row.iteration, pixels);
    const apart = Math.abs(logits[digit] - logits[recorded]) / Math.max(...logits.map(Math.abs));
    assert.ok(
      apart <= 4 * FLOAT32_BOUND,
      `image ${image}: expected ${recorded}, got ${digit}, ${apart} apart`,
    );
  }
}

for (const iteration of ITERATIONS) {
  const isLeftOut = (runtime: keyof typeof ALWAYS) =>
    !isRequired("exports") && !ALWAYS[runtime].includes(iteration);

  Deno.test({
    name: `rows: onnxruntime predicts what is recorded of iteration ${iteration}, with the engine's logits`,
    ignore: IGNORE_WITHOUT_MNIST || IGNORE_WITHOUT_ONNXRUNTIME || isLeftOut("onnxruntime"),
    async fn() {
      const { images } = await testSet(), some = images.subarray(0, SOME);
      const row = await rowOf(iteration), { network } = row;
      const file = (which: typeof network) => serializeOnnx(which, { pixels: "uint8", version: "test" });
      const [whole, folded] = await runOnnx([
        { file: file(network), images },
        { file: file(foldBatchNorms(network)), images: some },
      ]);
      await assertPredicts(predictionsOf(whole), images, row);
      const exact = await engineLogits(network, row.iteration, some);
      for (
        const [name, logits] of [["plain", whole.subarray(0, exact.length)], ["folded", folded]] as const
      ) {
        const error = relativeError(logits, exact);
        // each of the two may be off by that
        assert.ok(error <= 2 * FLOAT32_BOUND, `${name}: ${error}`);
      }
    },
  });

  Deno.test({
    name: `rows: PyTorch predicts what is recorded of iteration ${iteration}`,
    ignore: IGNORE_WITHOUT_MNIST || IGNORE_WITHOUT_PYTORCH || isLeftOut("pytorch"),
    async fn() {
      const { images } = await testSet(), row = await rowOf(iteration), { network } = row;
      const [logits] = await runPytorch([{
        program: (weightsFile) => serializePytorch(network, { weightsFile, version: "test" }),
        weights: serializeWeights(network),
        images,
      }]);
      await assertPredicts(predictionsOf(logits), images, row);
    },
  });
}

Deno.test({
  name: "rows: the program that export writes evaluates itself on MNIST",
  ignore: IGNORE_WITHOUT_MNIST || IGNORE_WITHOUT_PYTORCH,
  fn: () =>
    inFolder(async (folder) => {
      const out = recordOutput(), err = recordOutput(), program = join(folder, "model.py");
      const args = ["1/0", "--to", "pytorch", "--out", program];
      assert.equal(await exportRow(args, { out, err }), 0, err.text());
      const written = join(folder, "predictions"), { images, labels } = await testSet();
      const text = run("python3", [program, "--data", mnistFolder(), "--predictions", written]);
      const predicted = Deno.readFileSync(written);
      await assertPredicts(predicted, images, await rowOf(1));
      const right = predicted.reduce((count, digit, image) => count + (digit === labels[image] ? 1 : 0), 0);
      assert.equal(
        text,
        `trained on mnist, 60000 images\naccuracy ${
          (100 * right / labels.length).toFixed(2)
        } % (${right} of ${labels.length})\n` +
          `predictions SHA-256 ${sha256Hex(predicted)}\n`,
      );
    }),
});

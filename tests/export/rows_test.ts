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
  run,
  runOnnx,
  runPytorch,
} from "./runtimes.ts";

const REFERENCE = join("results", "reference");
/** Iteration 2 is 1, trained longer. */
const ITERATIONS = [1, 3, 4, 5];
/** Of these images logits are compared with the engine's, and folded networks are run. */
const SOME = 500 * 28 * 28;

const rows = () =>
  Promise.all(ITERATIONS.map(async (iteration) => {
    const file = join(REFERENCE, "predictions", `iteration-${iteration}-seed-0.bin`);
    return {
      ...await networkOfRow(REFERENCE, { iteration, seed: 0 }),
      predictions: Deno.readFileSync(file),
    };
  }));

const testImages = async () => (await loadMnist({ dir: mnistFolder() })).test.images;

function differing(got: Uint8Array, recorded: Uint8Array): number {
  assert.equal(got.length, recorded.length);
  return got.reduce((count, digit, image) => count + (digit === recorded[image] ? 0 : 1), 0);
}

Deno.test({
  name: "rows: onnxruntime predicts what is recorded, with the engine's logits but for rounding, folded too",
  ignore: IGNORE_WITHOUT_MNIST || IGNORE_WITHOUT_ONNXRUNTIME,
  async fn() {
    const images = await testImages(), some = images.subarray(0, SOME), all = await rows();
    const toOnnx = (network: typeof all[number]["network"]) =>
      serializeOnnx(network, { pixels: "uint8", version: "test" });
    const results = await runOnnx([
      ...all.map(({ network }) => ({ file: toOnnx(network), images })),
      ...all.map(({ network }) => ({ file: toOnnx(foldBatchNorms(network)), images: some })),
    ]);
    for (const [index, { network, iteration, predictions }] of all.entries()) {
      const whole = results[index], folded = results[all.length + index];
      assert.equal(differing(predictionsOf(whole), predictions), 0, `iteration ${iteration.id}`);
      const exact = await engineLogits(network, iteration, some);
      for (
        const [name, logits] of [["plain", whole.subarray(0, exact.length)], ["folded", folded]] as const
      ) {
        const error = relativeError(logits, exact);
        // each of the two may be off by that
        assert.ok(error <= 2 * FLOAT32_BOUND, `iteration ${iteration.id}, ${name}: ${error}`);
      }
    }
  },
});

Deno.test({
  name: "rows: PyTorch predicts what is recorded",
  ignore: IGNORE_WITHOUT_MNIST || IGNORE_WITHOUT_PYTORCH,
  async fn() {
    const images = await testImages(), all = await rows();
    const results = await runPytorch(all.map(({ network }) => ({
      program: (weightsFile) => serializePytorch(network, { weightsFile, version: "test" }),
      weights: serializeWeights(network),
      images,
    })));
    all.forEach(({ iteration, predictions }, index) =>
      assert.equal(differing(predictionsOf(results[index]), predictions), 0, `iteration ${iteration.id}`)
    );
  },
});

Deno.test({
  name: "rows: the program that export writes evaluates itself on MNIST",
  ignore: IGNORE_WITHOUT_MNIST || IGNORE_WITHOUT_PYTORCH,
  fn: () =>
    inFolder(async (folder) => {
      const out = recordOutput(), err = recordOutput(), program = join(folder, "model.py");
      const args = ["1/0", "--to", "pytorch", "--out", program];
      assert.equal(await exportRow(args, { out, err }), 0, err.text());
      const [{ predictions, network: { provenance } }] = await rows();
      const predicted = join(folder, "predictions");
      const text = run("python3", [program, "--data", mnistFolder(), "--predictions", predicted]);
      const right = Math.round(provenance.testAccuracy! * predictions.length);
      assert.equal(
        text,
        `accuracy ${(100 * right / predictions.length).toFixed(2)} % (${right} of ${predictions.length})\n` +
          `predictions SHA-256 ${sha256Hex(predictions)}\n`,
      );
      assert.deepEqual(Deno.readFileSync(predicted), predictions);
    }),
});

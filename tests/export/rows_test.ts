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
const SOME = 500 * 28 * 28;

async function rowOf(iteration: number) {
  const file = join(REFERENCE, "predictions", `iteration-${iteration}-seed-0.bin`);
  return { ...await networkOfRow(REFERENCE, { iteration, seed: 0 }), predictions: Deno.readFileSync(file) };
}

const testImages = async () => (await loadMnist({ dir: mnistFolder() })).test.images;

function assertPredicts(logits: Float32Array, recorded: Uint8Array): void {
  const got = predictionsOf(logits);
  assert.equal(got.length, recorded.length);
  const differing = got.reduce((count, digit, image) => count + (digit === recorded[image] ? 0 : 1), 0);
  assert.equal(differing, 0, "predictions that differ");
}

for (const iteration of ITERATIONS) {
  const isLeftOut = (runtime: keyof typeof ALWAYS) =>
    !isRequired("exports") && !ALWAYS[runtime].includes(iteration);

  Deno.test({
    name: `rows: onnxruntime predicts what is recorded of iteration ${iteration}, with the engine's logits`,
    ignore: IGNORE_WITHOUT_MNIST || IGNORE_WITHOUT_ONNXRUNTIME || isLeftOut("onnxruntime"),
    async fn() {
      const images = await testImages(), some = images.subarray(0, SOME);
      const { network, predictions, iteration: trained } = await rowOf(iteration);
      const file = (which: typeof network) => serializeOnnx(which, { pixels: "uint8", version: "test" });
      const [whole, folded] = await runOnnx([
        { file: file(network), images },
        { file: file(foldBatchNorms(network)), images: some },
      ]);
      assertPredicts(whole, predictions);
      const exact = await engineLogits(network, trained, some);
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
      const { network, predictions } = await rowOf(iteration);
      const [logits] = await runPytorch([{
        program: (weightsFile) => serializePytorch(network, { weightsFile, version: "test" }),
        weights: serializeWeights(network),
        images: await testImages(),
      }]);
      assertPredicts(logits, predictions);
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
      const { predictions, network: { provenance } } = await rowOf(1);
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

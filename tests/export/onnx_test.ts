/**
 * ONNX files run in onnxruntime-web: every operation at awkward sizes against the float64 reference, and golden networks
 * against float64 PyTorch. Rows of the published results are in `rows_test.ts`.
 */
import assert from "node:assert/strict";
import { foldBatchNorms } from "../../export/fold.ts";
import type { PixelType } from "../../export/formats.ts";
import { serializeOnnx } from "../../export/onnx/model.ts";
import type { TrainedNetwork } from "../../export/trained_network.ts";
import { type ExportCase, FLOAT32_BOUND, goldenCases, layerCases, relativeError } from "./networks.ts";
import { IGNORE_WITHOUT_ONNXRUNTIME, runOnnx } from "./runtimes.ts";

const toOnnx = (network: TrainedNetwork, pixels: PixelType = "uint8") =>
  serializeOnnx(network, { pixels, version: "test" });

async function assertAsExact(cases: readonly ExportCase[], bound: number): Promise<void> {
  const all = cases.flatMap((each) => {
    const folded = foldBatchNorms(each.network);
    const plain = { ...each, file: toOnnx(each.network) };
    return folded.folded === 0
      ? [plain]
      : [plain, { ...each, name: `${each.name}, folded`, file: toOnnx(folded) }];
  });
  // two and a rest: the batch is not fixed
  const results = await runOnnx(all.map(({ file, images }) => ({ file, images, batchSize: 2 })));
  const off = all.flatMap(({ name, logits }, index) => {
    const error = relativeError(results[index], logits);
    return error <= bound ? [] : [`${name}: ${error}`];
  });
  assert.deepEqual(off, []);
}

Deno.test({
  name: "onnx: every operation gives the float64 reference's logits, folded or not",
  ignore: IGNORE_WITHOUT_ONNXRUNTIME,
  fn: () => assertAsExact(layerCases(), FLOAT32_BOUND),
});

Deno.test({
  name: "onnx: the golden networks give float64 PyTorch's logits, folded or not",
  ignore: IGNORE_WITHOUT_ONNXRUNTIME,
  // their weights are float64 rounded to float32, which is one rounding more for every weight
  fn: () => assertAsExact(goldenCases(), 2 * FLOAT32_BOUND),
});

Deno.test({
  name: "onnx: pixels from 0 to 1 enter a float file as pixels from 0 to 255 enter another",
  ignore: IGNORE_WITHOUT_ONNXRUNTIME,
  async fn() {
    const [{ network, images, logits }] = goldenCases();
    const [got] = await runOnnx([{ file: toOnnx(network, "float"), images, pixels: "float" }]);
    assert.ok(relativeError(got, logits) <= 2 * FLOAT32_BOUND);
  },
});

Deno.test("onnx: equal networks give equal bytes", () => {
  const [{ network }] = goldenCases();
  assert.deepEqual(toOnnx(network), toOnnx(network));
});

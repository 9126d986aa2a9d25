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

/** Fields of a protocol buffer's message: numbers as they are, all else as bytes. */
function fieldsOf(message: Uint8Array): { readonly field: number; readonly value: number | Uint8Array }[] {
  const fields: { field: number; value: number | Uint8Array }[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = message[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint(), field = key >> 3;
    if ((key & 7) === 0) fields.push({ field, value: varint() });
    else {
      const length = (key & 7) === 2 ? varint() : 4;
      fields.push({ field, value: message.subarray(at, at += length) });
    }
  }
  return fields;
}

Deno.test("onnx: the file says where it is from, its opset, what enters and what leaves, with a named batch", () => {
  const [{ network }] = goldenCases();
  const at = (message: Uint8Array, field: number) =>
    fieldsOf(message).filter((each) => each.field === field).map(({ value }) => value as Uint8Array);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const known = {
    ...network.provenance,
    seed: 7,
    dataset: "kmnist",
    trainImages: 49_882,
    testAccuracy: 0.9949,
    license: "MIT",
    title: "Ä title",
  };
  const file = toOnnx({ ...network, provenance: known });
  const metadata = at(file, 14).map((entry) => [text(at(entry, 1)[0]), text(at(entry, 2)[0])]);
  assert.deepEqual(Object.fromEntries(metadata), {
    iteration: "1",
    title: "Ä title",
    seed: "7",
    dataset: "kmnist",
    trainImages: "49882",
    weightsDigest: known.weightsDigest,
    testAccuracy: "0.9949",
    normalizationMean: "0.1307",
    normalizationDeviation: "0.3081",
    license: "MIT",
  });
  assert.deepEqual(fieldsOf(at(file, 8)[0]).find(({ field }) => field === 2), { field: 2, value: 17 });
  const [graph] = at(file, 7);
  const shown = (field: number) =>
    at(graph, field).map((value) => {
      const [tensor] = at(at(value, 2)[0], 1);
      const [{ value: type }] = fieldsOf(tensor);
      const sizes = at(at(tensor, 2)[0], 1).flatMap(fieldsOf).map(({ value }) =>
        typeof value === "number" ? value : text(value)
      );
      return [text(at(value, 1)[0]), type, sizes];
    });
  // uint8 is 2 and float is 1
  assert.deepEqual(shown(11), [["images", 2, ["batch", 1, 28, 28]]]);
  assert.deepEqual(shown(12), [["logits", 1, ["batch", 10]]]);
});

Deno.test("onnx: equal networks give equal bytes", () => {
  const [{ network }] = goldenCases();
  assert.deepEqual(toOnnx(network), toOnnx(network));
});

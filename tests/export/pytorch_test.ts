/**
 * Generated programs run in PyTorch, which loads the weights with `strict=True`: every operation at awkward sizes against
 * the float64 reference, and golden networks against float64 PyTorch.
 */
import assert from "node:assert/strict";
import { foldBatchNorms } from "../../export/fold.ts";
import { serializeWeights } from "../../export/mod.ts";
import { serializePytorch } from "../../export/pytorch.ts";
import { type ExportCase, FLOAT32_BOUND, goldenCases, layerCases, relativeError } from "./networks.ts";
import { IGNORE_WITHOUT_PYTORCH, type PytorchJob, runPytorch } from "./runtimes.ts";

const jobOf = ({ network, images }: Pick<ExportCase, "network" | "images">): PytorchJob => ({
  program: (weightsFile) => serializePytorch(network, { weightsFile, version: "test" }),
  weights: serializeWeights(network),
  images,
});

Deno.test({
  name: "pytorch: every operation and network gives the exact logits",
  ignore: IGNORE_WITHOUT_PYTORCH,
  async fn() {
    const golden = goldenCases().map((each) => ({ ...each, bound: 2 * FLOAT32_BOUND }));
    const folded = golden.map((each) => ({
      ...each,
      name: `${each.name}, folded`,
      network: foldBatchNorms(each.network),
    }));
    const cases = [...layerCases().map((each) => ({ ...each, bound: FLOAT32_BOUND })), ...golden, ...folded];
    const results = await runPytorch(cases.map(jobOf));
    const off = cases.flatMap(({ name, logits, bound }, index) => {
      const error = relativeError(results[index], logits);
      return error <= bound ? [] : [`${name}: ${error}`];
    });
    assert.deepEqual(off, []);
  },
});

Deno.test("pytorch: a title is no program", () => {
  const [{ network }] = goldenCases();
  const title = `"""\n@LAYERS@ \\" import os`;
  const program = serializePytorch(
    { ...network, provenance: { ...network.provenance, title } },
    { weightsFile: `a"b.safetensors`, version: "test" },
  );
  const [line] = program.split("\n").filter((each) => each.includes(`"title"`));
  assert.equal(line, `    "title": ${JSON.stringify(title)},`);
  assert.match(program, /with_name\("a\\"b\.safetensors"\)/);
});

Deno.test("pytorch: the program says what the network was trained on, and calls nothing else by MNIST's name", () => {
  const [{ network }] = goldenCases();
  const provenance = { ...network.provenance, dataset: "fashion-mnist", trainImages: 8192 };
  const program = serializePytorch({ ...network, provenance }, {
    weightsFile: "w.safetensors",
    version: "test",
  });
  assert.match(program, /^ {4}"dataset": "fashion-mnist",\n {4}"trainImages": "8192",$/m);
  assert.deepEqual(program.match(/.*(MNIST|digit).*/g), [
    '    """A file of MNIST\'s format as uint8, decompressed where it is .gz."""',
  ]);
});

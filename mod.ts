/**
 * under20k: a reproducible benchmark of small MNIST classifiers.
 *
 * Define an iteration (a model with its training recipe, as plain data) and count its parameters:
 *
 * ```ts
 * import { countParameters, describeNetwork, type Layer } from "@under20k/under20k";
 * import assert from "node:assert/strict";
 *
 * const layers: Layer[] = [
 *   { kind: "conv", out: 8, kernel: 3 }, // [N,8,26,26], batch norm and ReLU follow
 *   { kind: "maxPool", size: 2 }, // [N,8,13,13]
 *   { kind: "globalAveragePool" }, // [N,8]
 *   { kind: "linear", out: 10 }, // [N,10] logits
 * ];
 * assert.equal(countParameters(layers), 186);
 * assert.deepEqual(describeNetwork(layers).layers[1].output, [8, 13, 13]);
 * ```
 *
 * Train it, here for one epoch of a few synthetic digits; the digest of the weights is the same on every machine
 * with fused multiply-add:
 *
 * ```ts
 * import { createWasmEngine, loadDataset, loadIterations } from "@under20k/under20k";
 * import assert from "node:assert/strict";
 *
 * const [baseline] = await loadIterations();
 * const { train, test } = await loadDataset("synthetic", { trainCount: 256, testCount: 64 });
 * const engine = await createWasmEngine({ workers: 1 });
 * const digests: string[] = [];
 * await engine.train([{ iteration: baseline, seed: 0, epochs: 1 }], {
 *   train,
 *   test,
 *   onEvent: (event) => {
 *     if (event.kind === "epoch") digests.push(event.result.weightsDigest);
 *   },
 * });
 * engine.close();
 * assert.equal(digests.length, 1);
 * ```
 *
 * Run a benchmark from a program, as `deno task bench` does from the command line:
 *
 * ```ts
 * import { runBenchmark } from "@under20k/under20k";
 * import assert from "node:assert/strict";
 *
 * const out = await Deno.makeTempDir();
 * const { report } = await runBenchmark({
 *   iterations: [1],
 *   seeds: [0],
 *   epochs: 2,
 *   dataset: "synthetic",
 *   quick: true,
 *   out,
 * });
 * assert.equal(report.iterations[0].summary.parameters, 9190);
 * ```
 *
 * @module
 */
export type {
  Augmentation,
  Claim,
  Criteria,
  Iteration,
  Layer,
  Normalization,
  Optimizer,
  Schedule,
  Training,
} from "./models/types.ts";
export {
  countParameters,
  describeNetwork,
  type Network,
  type Shape,
  type TensorSpec,
} from "./models/shapes.ts";
export { validateIteration } from "./models/validate.ts";
export { loadIterations } from "./models/catalog.ts";
export { DataError, type Dataset, type DatasetName, loadDataset } from "./data/dataset.ts";
export { DeviceError } from "./engine/engine.ts";
export type {
  Device,
  Engine,
  EpochResult,
  ImageSet,
  NamedTensor,
  TrainOptions,
  Trial,
  TrialEvent,
} from "./engine/engine.ts";
export { createWasmEngine } from "./engine/wasm/mod.ts";
export { createWebgpuEngine, type WebgpuOptions } from "./engine/webgpu/mod.ts";
export { type BenchmarkResult, runBenchmark } from "./bench/benchmark.ts";
export type { BenchOptions } from "./bench/run/options.ts";

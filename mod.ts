/**
 * under20k: a reproducible benchmark of small MNIST classifiers.
 *
 * Define an iteration (a model with its training recipe, as plain data) and count its parameters:
 *
 * ```ts
 * import { batchNorm, buildGraph, conv, countParameters, globalAveragePool, linear, maxPool, relu } from "@under20k/under20k";
 * import assert from "node:assert/strict";
 *
 * const layers = [
 *   conv({ out: 8, kernel: 3, bias: false }), // [N,8,26,26]
 *   batchNorm(),
 *   relu(),
 *   maxPool({ size: 2 }), // [N,8,13,13]
 *   globalAveragePool(), // [N,8]
 *   linear({ out: 10 }), // [N,10] logits
 * ];
 * assert.equal(countParameters(layers), 178);
 * assert.deepEqual(buildGraph(layers).values[4].shape, [8, 13, 13]);
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
export type { Claim, Criteria, Iteration, Normalization, Training } from "./models/iteration.ts";
export type { Augmentation } from "./models/recipe/augmentations/mod.ts";
export type { Optimizer } from "./models/recipe/optimizers/mod.ts";
export type { Schedule } from "./models/recipe/schedules/mod.ts";
export * from "./models/layers/plain.ts";
export { branches, type Layer, repeat } from "./models/layers/mod.ts";
export {
  buildGraph,
  countParameters,
  forwardMultiplyAdds,
  type Graph,
  type Node,
  type TensorSpec,
  type Value,
} from "./models/graph.ts";
export type { Shape } from "./models/shape.ts";
export { validateIteration } from "./models/validate.ts";
export { loadIterations, loadNamedIterations } from "./models/catalog.ts";
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

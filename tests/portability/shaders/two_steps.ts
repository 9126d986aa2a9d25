/**
 * Two training steps of iteration 1 on the GPU engine, by Deno's own WebGPU (wgpu, whose shader compiler is naga) or by
 * Dawn (whose compiler is Tint), printed as JSON.
 *
 *     deno run --config=deno.json two_steps.ts wgpu|dawn
 *
 * @module
 */

/** The package of Dawn; a variable, so that nobody who checks types downloads its 130 MB. */
const DAWN: string = "webgpu";

interface Dawn {
  create(options: readonly string[]): GPU;
  /** Classes and constants that a browser has. */
  readonly globals: Readonly<Record<string, unknown>>;
}

if (Deno.args[0] === "dawn") {
  const { create, globals }: Dawn = await import(DAWN);
  Object.assign(globalThis, globals);
  Object.defineProperty(navigator, "gpu", { value: create([]), configurable: true });
}

// the engine must not be loaded before the classes that it uses are those of the one asked for
const { drawDataset } = await import("../../../data/synthetic.ts");
const { weightsDigest } = await import("../../../engine/digest.ts");
const { initialTensors } = await import("../../../engine/initial_weights.ts");
const { Gpu } = await import("../../../engine/webgpu/gpu.ts");
const { GpuSteppedNetwork } = await import("../../../engine/webgpu/stepping.ts");
const { buildGraph } = await import("../../../models/graph.ts");
const { baseline } = await import("../../../models/iterations/01_baseline.ts");

const STEPS = 2;
const { layers, training: { batchSize } } = baseline;

const gpu = await Gpu.open();
const { train } = drawDataset({ trainCount: STEPS * batchSize, testCount: 8 });
const network = new GpuSteppedNetwork(gpu, baseline, initialTensors(buildGraph(layers), 0, "pytorch"));
const losses: number[] = [];
for (let stepNumber = 0; stepNumber < STEPS; stepNumber++) {
  const indices = Uint32Array.from({ length: batchSize }, (_, i) => stepNumber * batchSize + i);
  const position = { epoch: 1, seed: 0, stepNumber, stepsPerEpoch: STEPS };
  losses.push((await network.trainStep(train, indices, position)).loss);
}
const weights = weightsDigest(await network.tensors());
console.log(JSON.stringify({ adapter: gpu.name, losses, weights }));
Deno.exit(0); // Dawn's threads would keep the process

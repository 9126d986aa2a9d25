/**
 * Which blocking of the kernels is faster on this machine.
 *
 * A program cannot see whether V8 merges pairs of 128-bit operations into 256-bit ones, nor how many registers there
 * are. The two blockings differ by about two to one either way, so a short measurement tells.
 *
 * @module
 */
import { ModuleBuilder } from "./assembler.ts";
import { PAGE_BYTES, sliceBytes } from "./layout.ts";
import { winogradKernels } from "./winograd/kernels.ts";
import { planWinograd } from "./winograd/plan.ts";

const SHAPE = { inputs: 16, outputs: 24, height: 14, width: 14, kernel: 3, padding: 0 };
const ROUNDS = 6;
const RUNS = 12;
/** Between rounds, for the optimizing compiler. */
const PAUSE_MS = 25;

/** A forward pass of a small convolution. */
function prepare(wide: boolean): () => void {
  const plan = planWinograd(SHAPE);
  const module = new ModuleBuilder();
  winogradKernels(module, "conv", plan, { wide, inputGradient: false });
  let end = 64;
  const [input, u, output, scratch] = [
    sliceBytes(plan.input),
    4 * plan.transformedWeights,
    sliceBytes(plan.output),
    plan.scratchBytes,
  ].map((bytes) => (end += bytes) - bytes);
  const pages = Math.ceil(end / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes(pages)), { env: { memory } });
  const forward = instance.exports["conv.forward"] as (...addresses: number[]) => void;
  return () => forward(input, u, output, scratch);
}

/** Whether the kernels for registers that hold eight float32 are the faster ones. */
export async function prefersWide(): Promise<boolean> {
  const runs = [prepare(false), prepare(true)], best = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    runs.forEach((run, i) => {
      const start = performance.now();
      for (let n = 0; n < RUNS; n++) run();
      best[i] = Math.min(best[i], performance.now() - start);
    });
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return best[1] < best[0];
}

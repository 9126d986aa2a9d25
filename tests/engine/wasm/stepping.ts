/**
 * An iteration on the CPU engine, step by step on this thread, for tests.
 *
 * @module
 */
import { MAXIMUM_PAGES, planProgram } from "../../../engine/wasm/program.ts";
import { instantiate, Trainer } from "../../../engine/wasm/trainer.ts";
import type { OpenNetwork } from "../engine_suite.ts";

/** Opens networks on this thread, with kernels for narrow or wide registers. */
export const openWith = (wide: boolean): OpenNetwork => (iteration, values) => {
  const { layers, training: { batchSize } } = iteration;
  const program = planProgram(layers, { batchSize, workers: 1, wide });
  const memory = new WebAssembly.Memory({ initial: program.pages, maximum: MAXIMUM_PAGES, shared: true });
  const trainer = new Trainer(program, iteration, instantiate(program, memory), memory, 0);
  trainer.initialize(0, values);
  const team = trainer.team(0, 1);
  return {
    trainStep: (data, indices, options) => trainer.trainStep(team, data, indices, options),
    gradients: () => trainer.gradients(),
    tensors: () => trainer.tensors(),
    logits: (images) => trainer.logits(images),
    close: () => {},
  };
};

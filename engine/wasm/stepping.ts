/**
 * The CPU engine's networks, trained step by step on this thread.
 *
 * @module
 */
import type { Iteration } from "../../models/iteration.ts";
import type { SteppedNetwork } from "../stepping.ts";
import { MAXIMUM_PAGES, planProgram } from "./program.ts";
import { instantiate, Trainer } from "./trainer.ts";

/** Opens a network; `wide` chooses kernels for wide registers, which changes the speed and nothing else. */
export function openNetwork(
  iteration: Iteration,
  values: Float32Array,
  { wide = false }: { readonly wide?: boolean } = {},
): SteppedNetwork {
  const { layers, training: { batchSize } } = iteration;
  const program = planProgram(layers, { batchSize, workers: 1, wide });
  const memory = new WebAssembly.Memory({ initial: program.pages, maximum: MAXIMUM_PAGES, shared: true });
  const trainer = new Trainer(program, iteration, instantiate(program, memory), memory, 0);
  trainer.initialize(0, values);
  const team = trainer.team(0, 1);
  return {
    trainStep: (data, indices, position) => trainer.trainStep(team, data, indices, position),
    gradients: () => trainer.gradients(),
    tensors: () => trainer.tensors(),
    logits: (images) => trainer.logits(images),
    close: () => {},
  };
}

/**
 * The CPU engine's networks, trained step by step on this thread.
 *
 * @module
 */
import type { Iteration } from "../../models/iteration.ts";
import type { SteppedNetwork } from "../stepping.ts";
import { MAXIMUM_PAGES, planProgram, type ProgramOptions } from "./program.ts";
import { instantiate, Trainer } from "./trainer.ts";

/**
 * Opens a network. `wide` chooses kernels for wide registers, which changes the speed and nothing else; `fuse` says
 * whether layers are computed in one pass where that is possible.
 */
export function openNetwork(
  iteration: Iteration,
  values: Float32Array,
  options: Pick<ProgramOptions, "wide" | "fuse"> = {},
): SteppedNetwork {
  const program = planProgram(iteration, { ...options, workers: 1 });
  const memory = new WebAssembly.Memory({ initial: program.pages, maximum: MAXIMUM_PAGES, shared: true });
  const trainer = new Trainer(program, instantiate(program, memory), memory, 0);
  trainer.initialize(values);
  const team = trainer.team(0, 1);
  return {
    trainStep: (data, indices, position) => trainer.trainStep(team, data, indices, position),
    gradients: () => trainer.gradients(),
    tensors: () => trainer.tensors(),
    averages: () => trainer.averages(),
    logits: (images) => trainer.logits(team, images),
    close: () => {},
  };
}

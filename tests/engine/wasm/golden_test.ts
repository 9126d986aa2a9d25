import { MAXIMUM_PAGES, planProgram } from "../../../engine/wasm/program.ts";
import { instantiate, Trainer } from "../../../engine/wasm/trainer.ts";
import type { Iteration } from "../../../models/types.ts";
import { type Subject, testGolden } from "../golden_suite.ts";

function subject(iteration: Iteration, wide: boolean): Subject {
  const { layers, training: { batchSize } } = iteration;
  const program = planProgram(layers, { batchSize, workers: 1, wide });
  const memory = new WebAssembly.Memory({ initial: program.pages, maximum: MAXIMUM_PAGES, shared: true });
  const trainer = new Trainer(program, iteration, instantiate(program, memory), memory, 0);
  const team = trainer.team(0, 1);
  return {
    initialize: (values) => trainer.initialize(0, values),
    step(images, labels, stepNumber) {
      const indices = Uint32Array.from(labels.keys());
      const options = { epoch: 1, seed: 0, stepNumber, stepsPerEpoch: 3 };
      return trainer.trainStep(team, { images, labels }, indices, options).loss / labels.length;
    },
    gradients: () => trainer.gradients(),
    tensors: () => trainer.tensors(),
    logits: (images) => trainer.logits(images),
  };
}

testGolden("wasm", (iteration) => subject(iteration, false));
testGolden("wasm, wide", (iteration) => subject(iteration, true));

import { testGolden } from "../golden_suite.ts";
import { IGNORE_WITHOUT_GPU, sharedGpu, SteppedNetwork } from "./stepping.ts";

testGolden("webgpu", async (iteration) => {
  const gpu = await sharedGpu();
  let network: SteppedNetwork | undefined;
  return {
    initialize(values) {
      network = new SteppedNetwork(gpu, iteration, values);
    },
    async step(images, labels, stepNumber) {
      const indices = Uint32Array.from(labels.keys());
      const options = { epoch: 1, seed: 0, stepNumber, stepsPerEpoch: 3 };
      return (await network!.trainStep({ images, labels }, indices, options)).loss / labels.length;
    },
    gradients: () => network!.gradients(),
    tensors: () => network!.tensors(),
    logits: (images) => network!.logits(images),
    close: () => network?.close(),
  };
}, { ignore: IGNORE_WITHOUT_GPU, sanitizeOps: false, sanitizeResources: false });

import { GpuSteppedNetwork } from "../../../engine/webgpu/stepping.ts";
import { testGolden } from "../golden_suite.ts";
import { GPU_TEST, sharedGpu } from "./adapter.ts";

testGolden("webgpu", async (iteration) => {
  const gpu = await sharedGpu();
  let network: GpuSteppedNetwork | undefined;
  return {
    initialize(values) {
      network = new GpuSteppedNetwork(gpu, iteration, values);
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
}, GPU_TEST);

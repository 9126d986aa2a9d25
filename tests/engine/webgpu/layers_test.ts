import { GpuSteppedNetwork } from "../../../engine/webgpu/stepping.ts";
import { testLayers } from "../layer_suite.ts";
import { GPU_TEST, sharedGpu } from "./adapter.ts";

testLayers(
  "webgpu",
  async (iteration, values) => new GpuSteppedNetwork(await sharedGpu(), iteration, values),
  GPU_TEST,
);

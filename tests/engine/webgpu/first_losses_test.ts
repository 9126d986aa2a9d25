import { GpuSteppedNetwork } from "../../../engine/webgpu/stepping.ts";
import { testFirstLosses } from "../first_losses_suite.ts";
import { GPU_TEST, sharedGpu } from "./adapter.ts";

testFirstLosses(
  "webgpu",
  async (iteration, values) => new GpuSteppedNetwork(await sharedGpu(), iteration, values),
  GPU_TEST,
);

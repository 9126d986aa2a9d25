import type { OpenNetwork } from "../../../engine/stepping.ts";
import { GpuSteppedNetwork } from "../../../engine/webgpu/stepping.ts";
import { testGoldenIterations } from "../golden_iterations_suite.ts";
import { testGoldenNetworks } from "../golden_networks_suite.ts";
import { GPU_TEST, sharedGpu } from "./adapter.ts";

const open: OpenNetwork = async (iteration, values) =>
  new GpuSteppedNetwork(await sharedGpu(), iteration, values);

testGoldenNetworks("webgpu", open, GPU_TEST);
testGoldenIterations("webgpu", open, GPU_TEST);

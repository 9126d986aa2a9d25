import { GpuSteppedNetwork } from "../../../engine/webgpu/stepping.ts";
import { testRecipes } from "../recipe_suite.ts";
import { GPU_TEST, sharedGpu } from "./adapter.ts";

testRecipes(
  "webgpu",
  async (iteration, values) => new GpuSteppedNetwork(await sharedGpu(), iteration, values),
  GPU_TEST,
);

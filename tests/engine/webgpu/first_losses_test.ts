import { testFirstLosses } from "../first_losses_suite.ts";
import { IGNORE_WITHOUT_GPU, sharedGpu, SteppedNetwork } from "./stepping.ts";

testFirstLosses(
  "webgpu",
  async (iteration, values) => new SteppedNetwork(await sharedGpu(), iteration, values),
  { ignore: IGNORE_WITHOUT_GPU, sanitizeOps: false, sanitizeResources: false },
);

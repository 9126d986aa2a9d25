import { assertAgreesWithReference, layerCases, runCase } from "../engine_suite.ts";
import { IGNORE_WITHOUT_GPU, sharedGpu, SteppedNetwork } from "./stepping.ts";

for (const testCase of layerCases) {
  Deno.test(`WebGPU agrees with the float64 reference: ${testCase.name}`, {
    ignore: IGNORE_WITHOUT_GPU,
    // the device outlives a test
    sanitizeOps: false,
    sanitizeResources: false,
  }, async () => {
    const gpu = await sharedGpu();
    assertAgreesWithReference(
      testCase,
      await runCase((iteration, values) => new SteppedNetwork(gpu, iteration, values), testCase),
    );
  });
}

import { GpuSteppedNetwork } from "../../../engine/webgpu/stepping.ts";
import { assertAgreesWithReference, layerCases, runCase } from "../engine_suite.ts";
import { GPU_TEST, sharedGpu } from "./adapter.ts";

for (const testCase of layerCases) {
  Deno.test(`WebGPU agrees with the float64 reference: ${testCase.name}`, GPU_TEST, async () => {
    const gpu = await sharedGpu();
    assertAgreesWithReference(
      testCase,
      await runCase((iteration, values) => new GpuSteppedNetwork(gpu, iteration, values), testCase),
    );
  });
}

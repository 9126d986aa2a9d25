/**
 * TensorFlow.js on WebGPU, where that is asked for: half a minute on a software adapter.
 *
 * @module
 */
import { assertAgreesWithReference, layerCases, runCase } from "../engine_suite.ts";
import { networksOn } from "./process.ts";

const ignore = !(Deno.env.get("REQUIRE") ?? "").split(",").includes("tensorflow-webgpu");

/** 7.7e-5 at most, and 3.8e-6 of biases before batch norm, on a software adapter (lavapipe). */
const BOUNDS = { gradient: 2e-4, convBiasGradient: 2e-5 };

const { open, close } = networksOn("webgpu");

Deno.test(
  "TensorFlow.js (webgpu) agrees with the float64 reference in all layers",
  { ignore },
  async (test) => {
    for (const testCase of layerCases) {
      // tfjs-backend-webgpu 4.22 gives a tie's gradient to another maximum than the first: not this engine's to mend
      if (testCase.images === "exactTies") continue;
      await test.step(testCase.name, async () => {
        assertAgreesWithReference(testCase, await runCase(open, testCase), BOUNDS);
      });
    }
  },
);

Deno.test.afterAll(close);

import { testGolden } from "../golden_suite.ts";
import { assertAgreesWithReference, layerCases, runCase } from "../engine_suite.ts";
import { goldenSubject, IGNORE_WITHOUT_NATIVE, networksOn } from "./process.ts";

/**
 * TensorFlow on a CPU adds the rows of a tensor up one by one where a gradient is summed over a batch's positions:
 * 5.5e-5 at most in these cases, against 1e-6 to 2e-5 elsewhere; biases before batch norm 1.3e-4 (TensorFlow 2.21).
 */
const BOUNDS = { gradient: 1e-4, convBiasGradient: 5e-4 };

const { open, close } = networksOn();
const ignore = IGNORE_WITHOUT_NATIVE;

Deno.test(
  "native TensorFlow.js agrees with the float64 reference in all layers",
  { ignore },
  async (test) => {
    for (const testCase of layerCases) {
      await test.step(testCase.name, async () => {
        assertAgreesWithReference(testCase, await runCase(open, testCase), BOUNDS);
      });
    }
  },
);

/** The largest is 1.4e-5, in iteration 1: sums of 21,632 float32, one by one. */
const CONV_BIAS_GRADIENT = 4e-5;

testGolden("native TensorFlow.js", (iteration) => goldenSubject(open, iteration), {
  ignore,
  convBiasGradient: CONV_BIAS_GRADIENT,
});

Deno.test.afterAll(close);

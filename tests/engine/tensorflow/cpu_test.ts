/**
 * TensorFlow.js in plain JavaScript: slow, and everywhere. It is accurate, so all tolerances are those of the suites.
 *
 * @module
 */
import { testGolden } from "../golden_suite.ts";
import { assertAgreesWithReference, layerCases, runCase } from "../engine_suite.ts";
import { goldenSubject, IGNORE_WITHOUT_PACKAGES, networksOn } from "./process.ts";

/** Derived gradients of biases before batch norm are rounding noise: 3.5e-7 at most in these cases. */
const BOUNDS = { convBiasGradient: 2e-6 };

const { open, close } = networksOn("cpu");
const ignore = IGNORE_WITHOUT_PACKAGES;

for (const testCase of layerCases) {
  Deno.test(
    `TensorFlow.js (cpu) agrees with the float64 reference: ${testCase.name}`,
    { ignore },
    async () => {
      assertAgreesWithReference(testCase, await runCase(open, testCase), BOUNDS);
    },
  );
}

// All four take two and a half minutes; between them these have all layers. The native backend runs all.
testGolden("TensorFlow.js (cpu)", (iteration) => goldenSubject(open, iteration), {
  ignore,
  iterations: [1, 5],
});

Deno.test.afterAll(close);

/**
 * TensorFlow.js in plain JavaScript: slow, and everywhere. It is accurate, so all bounds are those of the suites.
 *
 * @module
 */
import { testGoldenIterations } from "../golden_iterations_suite.ts";
import { testGoldenNetworks } from "../golden_networks_suite.ts";
import { testLayers } from "../layer_suite.ts";
import { testRecipes } from "../recipe_suite.ts";
import { IGNORE_ITERATIONS, IGNORE_WITHOUT_PACKAGES, networksOn } from "./process.ts";

const { open, close } = networksOn("cpu");
const ignore = IGNORE_WITHOUT_PACKAGES;

testLayers("TensorFlow.js (cpu)", open, { ignore });
testGoldenNetworks("TensorFlow.js (cpu)", open, { ignore });
testRecipes("TensorFlow.js (cpu)", open, { ignore });
// two and a half minutes; the native backend trains them in seconds
testGoldenIterations("TensorFlow.js (cpu)", open, { ignore: IGNORE_ITERATIONS });

Deno.test.afterAll(close);

/**
 * TensorFlow.js in plain JavaScript: slow, and everywhere. It is accurate, so all bounds are those of the suites.
 *
 * @module
 */
import { testGoldenIterations } from "../golden_iterations_suite.ts";
import { testGoldenNetworks } from "../golden_networks_suite.ts";
import { testLayers } from "../layer_suite.ts";
import { IGNORE_WITHOUT_PACKAGES, networksOn } from "./process.ts";

const { open, close } = networksOn("cpu");
const ignore = IGNORE_WITHOUT_PACKAGES;

testLayers("TensorFlow.js (cpu)", open, { ignore });
testGoldenNetworks("TensorFlow.js (cpu)", open, { ignore });
// All four take two and a half minutes; between them these have all layers. The native backend runs all.
testGoldenIterations("TensorFlow.js (cpu)", open, { ignore, iterations: [1, 5] });

Deno.test.afterAll(close);

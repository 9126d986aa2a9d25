import { testGoldenIterations } from "../golden_iterations_suite.ts";
import { testGoldenNetworks } from "../golden_networks_suite.ts";
import { testLayers } from "../layer_suite.ts";
import { IGNORE_WITHOUT_NATIVE, networksOn } from "./process.ts";

const { open, close } = networksOn();
const ignore = IGNORE_WITHOUT_NATIVE;

/**
 * TensorFlow on a CPU adds the rows of a tensor up one by one where a gradient is summed over a batch's positions:
 * 5.5e-5 at most in these cases, against 1e-6 to 2e-5 elsewhere; biases before batch norm 1.3e-4 (TensorFlow 2.21).
 */
testLayers("native TensorFlow.js", open, { ignore });
testGoldenNetworks("native TensorFlow.js", open, { ignore });
/** The largest gradient of a cancelled bias is 1.4e-5, in iteration 1: sums of 21,632 float32, one by one. */
testGoldenIterations("native TensorFlow.js", open, { ignore });

Deno.test.afterAll(close);

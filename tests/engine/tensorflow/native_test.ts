import { testGoldenIterations } from "../golden_iterations_suite.ts";
import { testGoldenNetworks } from "../golden_networks_suite.ts";
import { testLayers } from "../layer_suite.ts";
import { testRecipes } from "../recipe_suite.ts";
import { IGNORE_WITHOUT_NATIVE, networksOn } from "./process.ts";

const { open, close } = networksOn();
const ignore = IGNORE_WITHOUT_NATIVE;

testLayers("native TensorFlow.js", open, { ignore });
testGoldenNetworks("native TensorFlow.js", open, { ignore });
testRecipes("native TensorFlow.js", open, { ignore });
testGoldenIterations("native TensorFlow.js", open, { ignore });

Deno.test.afterAll(close);

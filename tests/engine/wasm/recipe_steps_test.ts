import { openNetwork } from "../../../engine/wasm/stepping.ts";
import { testRecipes } from "../recipe_suite.ts";

testRecipes("wasm", (iteration, values) => openNetwork(iteration, values));

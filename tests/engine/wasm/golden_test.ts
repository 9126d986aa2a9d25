import type { OpenNetwork } from "../../../engine/stepping.ts";
import { openNetwork } from "../../../engine/wasm/stepping.ts";
import { testGoldenIterations } from "../golden_iterations_suite.ts";
import { testGoldenNetworks } from "../golden_networks_suite.ts";

const openWith = (wide: boolean): OpenNetwork => (iteration, values) =>
  openNetwork(iteration, values, { wide });

testGoldenNetworks("wasm", openWith(false));
testGoldenNetworks("wasm, wide", openWith(true));
testGoldenIterations("wasm", openWith(false));
testGoldenIterations("wasm, wide", openWith(true));

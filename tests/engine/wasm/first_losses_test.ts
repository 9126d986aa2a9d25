import { openNetwork } from "../../../engine/wasm/stepping.ts";
import { testFirstLosses } from "../first_losses_suite.ts";

testFirstLosses("wasm", (iteration, values) => openNetwork(iteration, values));

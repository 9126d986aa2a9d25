import { testFirstLosses } from "../first_losses_suite.ts";
import { openWith } from "./stepping.ts";

testFirstLosses("wasm", openWith(false));

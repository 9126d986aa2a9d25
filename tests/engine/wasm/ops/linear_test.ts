import { linear } from "../../../../engine/wasm/ops/linear.ts";
import { testRoom } from "./room_suite.ts";

/** Sums of up to some thousand products of size below 1, each rounded by 6e-8 of the sum so far. */
const TOLERANCE = 4e-6;

testRoom("linear", linear, { tolerance: TOLERANCE });

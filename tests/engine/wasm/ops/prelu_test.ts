import { prelu } from "../../../../engine/wasm/ops/prelu.ts";
import { testRoom } from "./room_suite.ts";

/** A slope's gradient sums up to some thousand products of size below 1, each rounded by 6e-8 of the sum so far. */
const TOLERANCE = 4e-6;

testRoom("prelu", prelu, { tolerance: TOLERANCE });

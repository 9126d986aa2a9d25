import { averagePool } from "../../../../engine/wasm/ops/average_pool.ts";
import { testRoom } from "./room_suite.ts";

/** Sums of up to 25 numbers below 1, each rounded by at most 6e-8 of the sum so far. */
const TOLERANCE = 1e-6;

testRoom("averagePool", averagePool, { tolerance: TOLERANCE });

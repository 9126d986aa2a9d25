import { globalAveragePool } from "../../../../engine/wasm/ops/global_average_pool.ts";
import { testRoom } from "./room_suite.ts";

/** Sums of up to 784 values, each rounded by 6e-8 of the sum so far. */
const TOLERANCE = 2e-6;

testRoom("globalAveragePool", globalAveragePool, { tolerance: TOLERANCE });

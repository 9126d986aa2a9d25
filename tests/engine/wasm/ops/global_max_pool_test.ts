import { globalMaxPool } from "../../../../engine/wasm/ops/global_max_pool.ts";
import { testRoom } from "./room_suite.ts";

/** Maxima are exact; gradients of windows that overlap are sums of up to nine numbers below 1. */
const TOLERANCE = 1e-6;

/** Few different numbers, so that there are ties. */
const GRAIN = 0.25;

testRoom("globalMaxPool", globalMaxPool, { tolerance: TOLERANCE, grain: GRAIN });

import { maxPool } from "../../../../engine/wasm/ops/max_pool.ts";
import { testRoom } from "./room_suite.ts";

/** Maxima are exact; gradients of windows that overlap are sums of up to nine numbers below 1. */
const TOLERANCE = 1e-6;

/** Few different numbers, so that there are ties. */
const GRAIN = 0.25;

testRoom("maxPool", maxPool, { tolerance: TOLERANCE, grain: GRAIN });

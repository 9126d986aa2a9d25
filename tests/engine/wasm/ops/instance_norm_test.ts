import { instanceNorm } from "../../../../engine/wasm/ops/instance_norm.ts";
import { testRoom } from "./room_suite.ts";

/**
 * Sums of up to some thousand products, each rounded by 6e-8 of the sum so far; 1/σ of few elements that are nearly
 * equal magnifies the rounding of their differences.
 */
const TOLERANCE = 1e-5;

testRoom("instanceNorm", instanceNorm, { tolerance: TOLERANCE });

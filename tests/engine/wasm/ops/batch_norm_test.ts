import { batchNorm } from "../../../../engine/wasm/ops/batch_norm.ts";
import { testRoom } from "./room_suite.ts";

/** Sums go over up to some thousand values, each rounded by 6e-8 of the sum so far, and 1/σ enlarges what is left. */
const TOLERANCE = 1e-5;

testRoom("batchNorm", batchNorm, { tolerance: TOLERANCE });

import { ghostBatchNorm } from "../../../../engine/wasm/ops/ghost_batch_norm.ts";
import { testRoom } from "./room_suite.ts";

/** As batch norm's; parts of two values enlarge rounding further. */
const TOLERANCE = 1e-4;

testRoom("ghostBatchNorm", ghostBatchNorm, { tolerance: TOLERANCE });

import { concat } from "../../../../engine/wasm/ops/concat.ts";
import { testRoom } from "./room_suite.ts";

/** Values are copied, gradients too: the output differs from the float64 reference by its own rounding. */
const TOLERANCE = 1e-6;

testRoom("concat", concat, { tolerance: TOLERANCE });

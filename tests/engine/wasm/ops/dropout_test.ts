import { dropout } from "../../../../engine/wasm/ops/dropout.ts";
import { testRoom } from "./room_suite.ts";

/** One division, rounded. */
const TOLERANCE = 2e-7;

testRoom("dropout", dropout, { tolerance: TOLERANCE });

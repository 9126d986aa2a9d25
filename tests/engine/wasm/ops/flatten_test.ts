import { flatten } from "../../../../engine/wasm/ops/flatten.ts";
import { testRoom } from "./room_suite.ts";

/** Nothing is computed. */
const TOLERANCE = 0;

testRoom("flatten", flatten, { tolerance: TOLERANCE });

import { add } from "../../../../engine/wasm/ops/add.ts";
import { testRoom } from "./room_suite.ts";

/** Values are sums of up to four numbers below 1, each rounded by 6e-8. */
const TOLERANCE = 1e-6;

testRoom("add", add, { tolerance: TOLERANCE });

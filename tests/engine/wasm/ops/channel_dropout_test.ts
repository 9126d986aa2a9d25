import { channelDropout } from "../../../../engine/wasm/ops/channel_dropout.ts";
import { testRoom } from "./room_suite.ts";

/** One division, rounded. */
const TOLERANCE = 2e-7;

testRoom("channelDropout", channelDropout, { tolerance: TOLERANCE });

import type { ActivationName } from "../../../../engine/activations/mod.ts";
import type { Room } from "../../../../engine/wasm/operation.ts";
import { ACTIVATION_ROOMS } from "../../../../engine/wasm/ops/activation.ts";
import { testRoom } from "./room_suite.ts";

/** Float32 rounds each of about twenty steps by 6e-8, and the polynomials are good for about 1e-7. */
const TOLERANCE = 2e-6;

/** So that both ends of what saturates occur. */
const SCALE = 8;

function testActivation<K extends ActivationName>(kind: K, room: Room<K>): void {
  testRoom(kind, room, { tolerance: TOLERANCE, scale: SCALE });
  if (room.inPlace) testRoom(kind, { ...room, inPlace: false }, { tolerance: TOLERANCE, scale: SCALE });
}

for (const kind of Object.keys(ACTIVATION_ROOMS) as ActivationName[]) {
  testActivation(kind, ACTIVATION_ROOMS[kind] as Room<typeof kind>);
}

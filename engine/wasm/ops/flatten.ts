/**
 * A map as a vector: `[C,H,W,8]` in order is `[C·H·W,8]`, so nothing is to be done.
 *
 * @module
 */
import { tightPlane } from "../layout.ts";
import type { BoundOperation, Room } from "../operation.ts";

const nothing: BoundOperation = { bind() {}, forward() {}, backward() {}, evaluate() {} };

export const flatten: Room<"flatten"> = {
  plan: () => nothing,
  inputPlane: (_, [channels, height, width]) => tightPlane([channels, height, width]),
  inPlace: true,
};

/**
 * x where it is above 0, else slope · x.
 *
 * @module
 */
import type { Activation } from "./activation.ts";

export const leakyRelu: Activation<"leakyRelu"> = {
  value: (a, x, { slope }) => a.whereGreater(x, a.constant(0), x, a.multiply(a.constant(slope), x)),
  gradient: (a, x, dy, { slope }) => a.whereGreater(x, a.constant(0), dy, a.multiply(a.constant(slope), dy)),
};

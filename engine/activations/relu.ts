/**
 * max(x, 0); the gradient at 0 is 0.
 *
 * @module
 */
import type { Activation } from "./activation.ts";

export const relu: Activation<"relu"> = {
  value: (a, x) => a.maximum(x, a.constant(0)),
  gradient: (a, x, dy) => a.whereGreater(x, a.constant(0), dy, a.constant(0)),
  gradientFromOutput: true,
};

/**
 * min(max(x, 0), 6); the gradient at 0 and at 6 is 0.
 *
 * @module
 */
import type { Activation } from "./activation.ts";

export const relu6: Activation<"relu6"> = {
  value: (a, x) => a.minimum(a.maximum(x, a.constant(0)), a.constant(6)),
  gradient(a, x, dy) {
    const zero = a.constant(0);
    return a.whereGreater(x, zero, a.whereGreater(a.constant(6), x, dy, zero), zero);
  },
};

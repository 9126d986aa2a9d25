/**
 * x · min(max(x + 3, 0), 6) / 6; the gradient at −3 is 0, at 3 it is whole.
 *
 * Source: Howard et al. (2019), arXiv:1905.02244.
 *
 * @module
 */
import type { Activation } from "./activation.ts";

export const hardSwish: Activation<"hardSwish"> = {
  value(a, x) {
    const gate = a.minimum(a.maximum(a.add(x, a.constant(3)), a.constant(0)), a.constant(6));
    return a.multiply(a.multiply(x, gate), a.constant(1 / 6));
  },
  gradient(a, x, dy) {
    const between = a.multiply(dy, a.multiplyAdd(x, a.constant(1 / 3), a.constant(0.5)));
    const belowThree = a.whereGreater(x, a.constant(-3), between, a.constant(0));
    return a.whereGreater(a.constant(3), x, belowThree, dy);
  },
};

/**
 * Adam and SGD on all parameters at once, with PyTorch's meaning (`engine/optimizers.ts` has the plain form).
 *
 * Arrays are padded to whole vectors with zeros, whose updates are zero.
 *
 * @module
 */
import {
  advance,
  countDown,
  f32x4,
  get,
  type Local,
  type ModuleBuilder,
  set,
  V128,
  v128,
} from "./assembler.ts";
import type { OptimizerScalars } from "../optimizers.ts";

const { add, sub, mul, div, madd, nmadd } = f32x4;

/** The float32 values that the kernels read from `scalars`, in order. */
export function scalarRecord(scalars: OptimizerScalars): number[] {
  return scalars.kind === "adam"
    ? [
      scalars.oneMinusBeta1,
      scalars.beta2,
      scalars.oneMinusBeta2,
      scalars.stepSize,
      scalars.rootBiasCorrection2,
      scalars.epsilon,
    ]
    : [scalars.learningRate, scalars.momentum, scalars.weightDecay];
}

/**
 * Adds to a module:
 *
 * - `adam(parameters, gradients, first, second, scalars, vectors)`:
 *   m ← m + (g − m)(1 − β1); v ← β2 v + (1 − β2) g g; θ ← θ − stepSize · m / (√v / √(1 − β2^t) + ε)
 * - `sgd(parameters, gradients, velocity, unused, scalars, vectors)`:
 *   v ← momentum · v + (g + weightDecay · θ); θ ← θ − learningRate · v
 */
export function optimizerKernels(module: ModuleBuilder): void {
  const names = ["parameters", "gradients", "first", "second", "scalars", "vectors"];
  module.function("adam", names, (f) => {
    const [parameters, gradients, first, second, scalars, vectors] = names.map((name) => f.parameter(name));
    const record = f.locals(6, V128), [w1, beta2, w2, stepSize, root, epsilon] = record;
    const [g, m, v] = f.locals(3, V128);
    f.emit(
      ...record.map((local, i) => set(local, v128.load32Splat(get(scalars), 4 * i))),
      countDown(
        vectors,
        set(g, v128.load(get(gradients))),
        set(m, v128.load(get(first))),
        set(m, madd(sub(get(g), get(m)), get(w1), get(m))),
        set(v, madd(mul(get(g), get(w2)), get(g), mul(get(beta2), v128.load(get(second))))),
        v128.store(get(first), get(m)),
        v128.store(get(second), get(v)),
        v128.store(
          get(parameters),
          nmadd(
            get(stepSize),
            div(get(m), add(div(f32x4.sqrt(get(v)), get(root)), get(epsilon))),
            v128.load(get(parameters)),
          ),
        ),
        ...[parameters, gradients, first, second].map((pointer: Local) => advance(pointer, 16)),
      ),
    );
  });
  module.function("sgd", names, (f) => {
    const [parameters, gradients, velocity, , scalars, vectors] = names.map((name) => f.parameter(name));
    const record = f.locals(3, V128), [learningRate, momentum, weightDecay] = record;
    const [p, v] = f.locals(2, V128);
    f.emit(
      ...record.map((local, i) => set(local, v128.load32Splat(get(scalars), 4 * i))),
      countDown(
        vectors,
        set(p, v128.load(get(parameters))),
        set(
          v,
          madd(
            get(momentum),
            v128.load(get(velocity)),
            madd(get(weightDecay), get(p), v128.load(get(gradients))),
          ),
        ),
        v128.store(get(velocity), get(v)),
        v128.store(get(parameters), nmadd(get(learningRate), get(v), get(p))),
        ...[parameters, gradients, velocity].map((pointer: Local) => advance(pointer, 16)),
      ),
    );
  });
}

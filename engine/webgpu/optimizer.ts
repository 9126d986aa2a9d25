/**
 * The update: a parameter's gradient from its parts, Adam or SGD, and the packed copies that convolutions read.
 *
 * The arithmetic is that of `engine/optimizers.ts`, operation by operation; a GPU may fuse a multiplication and an
 * addition.
 *
 * @module
 */
import type { OptimizerScalars } from "../optimizers.ts";
import { defineKernel, type Kernel } from "./kernel.ts";

/** Where a parameter's gradient comes from and where its copies go; offsets in elements of their buffers. */
export interface ParameterRecord {
  /** In `partials`: the first part, from part to part, and how many; no parts, no gradient. */
  readonly partialAt: number;
  readonly partialStride: number;
  readonly parts: number;
  /** In `packed`, for the way forward and back; absent where there is no copy. */
  readonly forwardAt?: number;
  readonly backwardAt?: number;
}

/** Words of a parameter's record on the device. */
export const RECORD_WORDS = 8;
const NOWHERE = 0xffffffff;

/** Records as the device reads them: `RECORD_WORDS` u32 each. */
export function packRecords(records: readonly ParameterRecord[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(records.length * RECORD_WORDS);
  records.forEach(({ partialAt, partialStride, parts, forwardAt, backwardAt }, index) => {
    words.set(
      [partialAt, partialStride, parts, 0, forwardAt ?? NOWHERE, backwardAt ?? NOWHERE],
      index * RECORD_WORDS,
    );
  });
  return words;
}

/** An optimizer's numbers in the order in which a step record holds them. */
export function scalarsOf(scalars: OptimizerScalars): number[] {
  return scalars.kind === "adam"
    ? [
      scalars.beta1,
      scalars.oneMinusBeta1,
      scalars.beta2,
      scalars.oneMinusBeta2,
      scalars.stepSize,
      scalars.rootBiasCorrection2,
      scalars.epsilon,
    ]
    : [scalars.learningRate, scalars.momentum, scalars.weightDecay];
}

const UPDATES = {
  adam: `  let m = first[at] * step.scalars_low.x + step.scalars_low.y * g;
  let v = second[at] * step.scalars_low.z + step.scalars_low.w * g * g;
  first[at] = m;
  second[at] = v;
  let value = parameters[at] -
    step.scalars_high.x * m / (sqrt(v) / step.scalars_high.y + step.scalars_high.z);`,
  sgd: `  let velocity = step.scalars_low.y * first[at] + (g + step.scalars_low.z * parameters[at]);
  first[at] = velocity;
  let value = parameters[at] - step.scalars_low.x * velocity;`,
} as const;

/**
 * Updates all parameters; an invocation has one of them and adds its parts in order.
 *
 * - `parameters`, `gradients`, `first`, `second` [T,P] f32
 * - `partials` [T,partials] f32, `packed` [T,packed] f32
 */
export function optimizerKernel(options: {
  readonly kind: OptimizerScalars["kind"];
  readonly parameters: number;
  readonly partials: number;
  readonly packed: number;
}): Kernel {
  const { kind, parameters, partials, packed } = options;
  return defineKernel({
    label: kind,
    bindings: {
      records: { buffer: "records", type: "vec4u" },
      partials: { buffer: "partials", type: "f32" },
      parameters: { buffer: "parameters", type: "f32", write: true },
      gradients: { buffer: "gradients", type: "f32", write: true },
      first: { buffer: "first", type: "f32", write: true },
      ...(kind === "adam" ? { second: { buffer: "second", type: "f32", write: true } as const } : {}),
      packed: { buffer: "packed", type: "f32", write: true },
    },
    size: [64, 1],
    workgroups: [Math.ceil(parameters / 64), 1],
    work: { bytes: 4 * (partials + (kind === "adam" ? 9 : 7) * parameters) },
    body: `  let e = group.x * 64 + local.x;
  if (e >= ${parameters}) { return; }
  let parts = records[2 * e];
  let copies = records[2 * e + 1];
  var g = 0.0;
  for (var part = 0u; part < parts.z; part++) {
    g += partials[trial * ${partials} + parts.x + part * parts.y];
  }
  let at = trial * ${parameters} + e;
  gradients[at] = g;
${UPDATES[kind]}
  parameters[at] = value;
  if (copies.x != ${NOWHERE}u) { packed[trial * ${packed} + copies.x] = value; }
  if (copies.y != ${NOWHERE}u) { packed[trial * ${packed} + copies.y] = value; }`,
  });
}

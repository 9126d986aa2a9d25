import { equal, ok } from "node:assert/strict";
import { ACTIVATION_NAMES, type ActivationName, activationOf } from "../../../engine/activations/mod.ts";
import type { Arithmetic } from "../../../engine/arithmetic.ts";
import { completeKind } from "../../../models/kinds.ts";
import { type LayerOf, LAYERS } from "../../../models/layers/mod.ts";
import { float32Arithmetic, float64Arithmetic } from "../float64_arithmetic.ts";
import { REFERENCE_OPERATIONS } from "../reference/ops/mod.ts";
import type { ReferenceOperation } from "../reference/reference_operation.ts";

/** As the cases of its reference have it. */
const layerOf = (kind: ActivationName): LayerOf<ActivationName> =>
  completeKind(LAYERS, REFERENCE_OPERATIONS[kind].cases[0].operation) as LayerOf<ActivationName>;

/** Values and derivatives by the float64 reference. */
function definition(kind: ActivationName, places: readonly number[]): {
  readonly values: Float64Array;
  readonly slopes: Float64Array;
} {
  const { forward } = REFERENCE_OPERATIONS[kind] as unknown as ReferenceOperation<ActivationName>;
  const shape = [1, places.length, 1, 1] as const;
  const { output, backward } = forward(layerOf(kind), [{ shape, data: Float64Array.from(places) }], {
    tensors: {},
  });
  const [{ data: slopes }] = backward({ shape, data: new Float64Array(places.length).fill(1) }).inputs;
  return { values: output.data, slopes };
}

/**
 * Largest error relative to the larger of |x|, 1 and the value, of a value and of a derivative. Float64: what the
 * polynomials of tanh and gelu leave (their files say so). Float32: a few roundings of 6e-8.
 */
const FLOAT64_BOUND: Partial<Record<ActivationName, number>> = { tanh: 5e-8, gelu: 4e-8 };
const FLOAT64_ROUNDING = 1e-15;
const FLOAT32_BOUND = 4e-7;

/** Places from −8 to 8, those where a formula changes among them. */
const PLACES = Array.from({ length: 1025 }, (_, i) => (i - 512) / 64);

function largestError(kind: ActivationName, a: Arithmetic<number>): number {
  const layer = layerOf(kind), activation = activationOf(layer);
  const { values, slopes } = definition(kind, PLACES);
  let largest = 0;
  PLACES.forEach((x, i) => {
    const valueError = Math.abs(activation.value(a, x, layer) - values[i]) / Math.max(1, Math.abs(x));
    const slopeError = Math.abs(activation.gradient(a, x, 1, layer) - slopes[i]);
    for (const error of [valueError, slopeError]) largest = error <= largest ? largest : error; // NaN counts
  });
  return largest;
}

for (const kind of ACTIVATION_NAMES) {
  Deno.test(`"${kind}" has the value and the derivative of its definition`, () => {
    const float64 = largestError(kind, float64Arithmetic);
    ok(float64 <= (FLOAT64_BOUND[kind] ?? FLOAT64_ROUNDING), `float64: ${float64}`);
    const float32 = largestError(kind, float32Arithmetic);
    ok(float32 <= FLOAT32_BOUND, `float32: ${float32}`);
  });

  Deno.test(`"${kind}" multiplies the gradient that it is given, and stays finite far out`, () => {
    const layer = layerOf(kind), activation = activationOf(layer);
    for (const x of [-1e30, -100, -0.5, 0, 0.5, 100, 1e30]) {
      const value = activation.value(float32Arithmetic, Math.fround(x), layer);
      const slope = activation.gradient(float32Arithmetic, Math.fround(x), 1, layer);
      ok(Number.isFinite(value) && Number.isFinite(slope), `${x}: ${value}, ${slope}`);
      equal(activation.gradient(float32Arithmetic, Math.fround(x), -2, layer), -2 * slope + 0);
    }
  });
}

Deno.test("tanh, silu and gelu keep their digits near 0", () => {
  const bound = 5e-7; // relative; a few roundings of 6e-8
  for (const kind of ["tanh", "silu", "gelu"] as const) {
    const layer = layerOf(kind);
    const places = [1e-6, -1e-4, 3e-3, -0.05, 0.5, 0.62, 0.63].map(Math.fround);
    const { values } = definition(kind, places);
    places.forEach((x, i) => {
      const got = activationOf(layer).value(float32Arithmetic, x, layer);
      ok(Math.abs(got / values[i] - 1) <= bound, `${kind} of ${x}: ${got}, not ${values[i]}`);
    });
  }
});

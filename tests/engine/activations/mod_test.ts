import { equal, ok } from "node:assert/strict";
import { type ActivationName, activationOf, ACTIVATIONS } from "../../../engine/activations/mod.ts";
import type { Arithmetic } from "../../../engine/arithmetic.ts";
import type { LayerOf } from "../../../models/layers/mod.ts";
import { float32Arithmetic, float64Arithmetic } from "../float64_arithmetic.ts";

/** The normal distribution by its series x + x³/3 + x⁵/15 + …, all of one sign; for |x| ≤ 8. */
function normalBelow(x: number): number {
  let term = x, sum = x;
  for (let odd = 3; Math.abs(term) > 1e-20 * Math.abs(sum); odd += 2) sum += term *= x * x / odd;
  return 0.5 + sum * normalDensity(x);
}

const normalDensity = (x: number): number => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Value and derivative by their textbook definitions, in float64. */
const DEFINITIONS: Record<ActivationName, (x: number) => readonly [number, number]> = {
  relu: (x) => x > 0 ? [x, 1] : [0, 0],
  relu6: (x) => x <= 0 ? [0, 0] : x < 6 ? [x, 1] : [6, 0],
  tanh: (x) => [Math.tanh(x), 1 / Math.cosh(x) ** 2],
  sigmoid: (x) => [sigmoid(x), sigmoid(x) * sigmoid(-x)],
  silu: (x) => [x * sigmoid(x), sigmoid(x) * (1 + x * sigmoid(-x))],
  hardSwish: (x) => x <= -3 ? [0, 0] : x < 3 ? [x * (x + 3) / 6, x / 3 + 0.5] : [x, 1],
  gelu: (x) => [x * normalBelow(x), normalBelow(x) + x * normalDensity(x)],
  leakyRelu: (x) => x > 0 ? [x, 1] : [0.01 * x, 0.01],
};

/**
 * Largest error relative to the larger of |x|, 1 and the value, of a value and of a derivative. Float64: what the
 * polynomials of tanh and gelu leave (their files say so). Float32: a few roundings of 6e-8.
 */
const FLOAT64_BOUND: Partial<Record<ActivationName, number>> = { tanh: 5e-8, gelu: 4e-8 };
const FLOAT64_ROUNDING = 1e-15;
const FLOAT32_BOUND = 4e-7;

const layerOf = (kind: ActivationName): LayerOf<ActivationName> =>
  kind === "leakyRelu" ? { kind, slope: 0.01 } : { kind };

/** Places from −8 to 8, those where a formula changes among them. */
const PLACES = Array.from({ length: 1025 }, (_, i) => (i - 512) / 64);

function largestError(kind: ActivationName, a: Arithmetic<number>): number {
  const layer = layerOf(kind), activation = activationOf(layer);
  let largest = 0;
  for (const x of PLACES) {
    const [value, slope] = DEFINITIONS[kind](x);
    const valueError = Math.abs(activation.value(a, x, layer) - value) / Math.max(1, Math.abs(x));
    const slopeError = Math.abs(activation.gradient(a, x, 1, layer) - slope);
    for (const error of [valueError, slopeError]) largest = error <= largest ? largest : error; // NaN counts
  }
  return largest;
}

for (const kind of Object.keys(ACTIVATIONS) as ActivationName[]) {
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
    for (const x of [1e-6, -1e-4, 3e-3, -0.05, 0.5, 0.62, 0.63]) {
      const exact = DEFINITIONS[kind](Math.fround(x))[0];
      const got = activationOf(layer).value(float32Arithmetic, Math.fround(x), layer);
      ok(Math.abs(got / exact - 1) <= bound, `${kind} of ${x}: ${got}, not ${exact}`);
    }
  }
});

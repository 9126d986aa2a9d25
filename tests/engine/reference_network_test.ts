import { equal, ok } from "node:assert/strict";
import { initialTensors } from "../../engine/initial_weights.ts";
import { drawMany, Stream, toUnit } from "../../engine/streams.ts";
import { baseline } from "../../models/01_baseline.ts";
import { describeNetwork } from "../../models/shapes.ts";
import type { Layer } from "../../models/types.ts";
import { GoldenFile } from "../golden_file.ts";
import { type ReferenceBatch, referenceLogits, referenceLoss, referenceStep } from "./reference_network.ts";

const NORMALIZATION = { mean: 0.1307, deviation: 0.3081 };

/** Half the distance of a central difference: its error is about h² f‴ + 1e-16/h, smallest near here. */
const STEP = 1e-5;
/**
 * Of a gradient's norm. The loss is rounded to about 5e-16, so a difference quotient to about 5e-11; the gradients
 * below have norms from 1e-3, and the second-order term is smaller still.
 */
const FINITE_DIFFERENCE_TOLERANCE = 1e-6;
/** The gradient of a bias before batch norm is zero in exact arithmetic: absolute. */
const ZERO_TOLERANCE = 1e-9;

/** Evenly spread; each costs two forward passes. */
const ELEMENTS_OF_A_TENSOR = 19;

/** One network for each layer kind, small by an early pool; what comes before a layer checks its dInput. */
const NETWORKS: Record<string, readonly Layer[]> = {
  "linear": [{ kind: "maxPool", size: 7 }, { kind: "flatten" }, { kind: "linear", out: 10 }],
  "linear behind linear": [
    { kind: "maxPool", size: 9 },
    { kind: "flatten" },
    { kind: "linear", out: 5 },
    { kind: "linear", out: 10 },
  ],
  "conv": [
    { kind: "maxPool", size: 4 },
    { kind: "conv", out: 2, kernel: 3 },
    { kind: "conv", out: 3, kernel: 2, padding: 1 },
    { kind: "flatten" },
    { kind: "linear", out: 10 },
  ],
  "conv 5×5 with padding 2 and 1×1": [
    { kind: "maxPool", size: 5 },
    { kind: "conv", out: 2, kernel: 1 },
    { kind: "conv", out: 2, kernel: 5, padding: 2 },
    { kind: "flatten" },
    { kind: "linear", out: 10 },
  ],
  "maxPool": [
    { kind: "maxPool", size: 2 },
    { kind: "conv", out: 2, kernel: 2 },
    { kind: "maxPool", size: 2 },
    { kind: "maxPool", size: 3 },
    { kind: "flatten" },
    { kind: "linear", out: 10 },
  ],
  "globalAveragePool": [
    { kind: "maxPool", size: 4 },
    { kind: "conv", out: 3, kernel: 2 },
    { kind: "globalAveragePool" },
    { kind: "linear", out: 10 },
  ],
  "dropout": [
    { kind: "maxPool", size: 4 },
    { kind: "conv", out: 2, kernel: 3 },
    { kind: "dropout", p: 0.4 },
    { kind: "flatten" },
    { kind: "linear", out: 7 },
    { kind: "dropout", p: 0.3 },
    { kind: "linear", out: 10 },
  ],
  "channelDropout": [
    { kind: "maxPool", size: 4 },
    { kind: "conv", out: 3, kernel: 3 },
    { kind: "channelDropout", p: 0.5 },
    { kind: "conv", out: 2, kernel: 2 },
    { kind: "flatten" },
    { kind: "linear", out: 10 },
  ],
};

/** Random images and labels. */
function randomBatch(count: number): ReferenceBatch {
  const words = new Uint32Array(count * 28 * 28 + count);
  drawMany({ seed: 5, stream: Stream.augmentation }, words);
  return {
    images: Uint8Array.from(words.subarray(count), (word) => word >>> 24),
    labels: Uint8Array.from(words.subarray(0, count), (word) => Math.floor(toUnit(word) * 10)),
    indices: Uint32Array.from({ length: count }, (_, n) => 3 * n + 1),
    normalization: NORMALIZATION,
    seed: 9,
    epoch: 2,
  };
}

/** Initial weights with batch norm off its start of 1 and 0. */
function genericValues(layers: readonly Layer[]): Float64Array {
  const values = Float64Array.from(initialTensors(layers, 4));
  for (const { role, offset, length } of describeNetwork(layers).tensors) {
    for (let i = offset; i < offset + length; i++) {
      if (role === "normWeight") values[i] = 0.7 + 0.6 * ((i * 7) % 11) / 11;
      if (role === "normBias") values[i] = 0.4 * ((i * 5) % 7) / 7 - 0.15;
    }
  }
  return values;
}

const norm = (values: Iterable<number>): number => Math.hypot(...values);

for (const [name, layers] of Object.entries(NETWORKS)) {
  Deno.test(`referenceStep() has the gradients of finite differences: ${name}`, () => {
    const batch = randomBatch(3), values = genericValues(layers);
    const { gradients, loss } = referenceStep(layers, values, batch);
    equal(loss, referenceLoss(layers, values, batch));
    for (const { name, role, offset, length } of describeNetwork(layers).tensors) {
      if (role.startsWith("running")) continue;
      const stride = Math.ceil(length / ELEMENTS_OF_A_TENSOR);
      const elements = Array.from({ length: Math.ceil(length / stride) }, (_, i) => i * stride);
      const gradient = elements.map((i) => gradients.get(name)![i]);
      const differences = elements.map((i) => {
        const at = (value: number) =>
          referenceLoss(layers, values.with(offset + i, values[offset + i] + value), batch);
        return (at(STEP) - at(-STEP)) / (2 * STEP);
      });
      const size = norm(gradient), error = norm(differences.map((difference, i) => difference - gradient[i]));
      if (role === "convBias") {
        ok(size <= ZERO_TOLERANCE && error <= ZERO_TOLERANCE, `${name}: norm ${size}, error ${error}`);
      } else {
        ok(error <= FINITE_DIFFERENCE_TOLERANCE * size, `${name}: error ${error} of a norm of ${size}`);
      }
    }
  });
}

Deno.test("referenceStep() sends a tie's gradient to the first maximum", () => {
  // 2×2 quadrants, a 2×2 filter with zeros around: the window that is pooled holds y00 = d·x00, y01 = c·x00 + d·x01,
  // y10 = b·x00 + d·x10, y11 = a·x00 + b·x01 + c·x10 + d·x11. With a = b = c = 0, d = 1 a white image ties them.
  const layers: Layer[] = [
    { kind: "maxPool", size: 14 },
    { kind: "conv", out: 1, kernel: 2, padding: 1 },
    { kind: "maxPool", size: 2 },
    { kind: "flatten" },
    { kind: "linear", out: 10 },
  ];
  const white = new Uint8Array(28 * 28).fill(255), black = new Uint8Array(28 * 28);
  const batch = {
    ...randomBatch(2),
    images: Uint8Array.from([...white, ...black]),
    normalization: { mean: 0, deviation: 1 },
  };
  const filterGradient = ([a, b, c, d]: number[]): Float64Array => {
    const values = genericValues(layers);
    values.set([a, b, c, d]);
    values[describeNetwork(layers).tensors.find(({ role }) => role === "normBias")!.offset] = 1; // all z above 0
    return referenceStep(layers, values, batch).gradients.get("conv1.weight")!;
  };
  const distance = (x: Float64Array, y: Float64Array) => norm(x.map((value, i) => value - y[i]));
  const tie = filterGradient([0, 0, 0, 1]);
  // a little less to all but the first makes it the only maximum; a little more to another, that one
  const nudge = 1e-9;
  ok(distance(tie, filterGradient([-nudge, -nudge, -nudge, 1])) < 1e-6 * norm(tie));
  ok(distance(tie, filterGradient([-nudge, -nudge, nudge, 1])) > 0.1 * norm(tie));
  ok(distance(tie, filterGradient([3 * nudge, -nudge, -nudge, 1])) > 0.1 * norm(tie));
});

// PyTorch's float64 run and this one differ by the order of their sums: 1e-16 times the terms of a sum (a few
// thousand), and steps of training between.
const GOLDEN_TOLERANCE = 1e-11;

Deno.test("referenceStep() follows PyTorch in float64 through three steps of iteration 1", () => {
  const golden = new GoldenFile("iteration_1");
  const layers = baseline.layers.filter(({ kind }) => !kind.toLowerCase().endsWith("dropout"));
  const { tensors, length } = describeNetwork(layers);
  const values = new Float64Array(length), velocity = new Float64Array(length);
  const isRunning = (role: string) => role.startsWith("running");
  for (const { name, role, offset, length } of tensors) {
    if (!isRunning(role)) values.set(golden.f32(`init/${name}`), offset);
    else if (role === "runningVariance") values.fill(1, offset, offset + length);
  }
  const close = (what: string, got: Float64Array, expected: Float64Array, size = norm(expected)) => {
    const error = norm(got.map((value, i) => value - expected[i]));
    ok(
      got.length === expected.length && error <= GOLDEN_TOLERANCE * size,
      `${what}: error ${error} of ${size}`,
    );
  };
  const losses = golden.f64("losses");
  for (let step = 0; step < 3; step++) {
    const images = golden.u8(`batch${step}/images`);
    const labels = Uint8Array.from(golden.tensor(`batch${step}/labels`).data, Number);
    const batch = { images, labels, indices: labels, normalization: NORMALIZATION, seed: 0, epoch: 1 };
    const result = referenceStep(layers, values, batch);
    close(`loss ${step}`, Float64Array.of(result.loss), losses.slice(step, step + 1));
    if (step === 0) close("logits", result.logits, golden.f64("step0/logits"));
    for (const { name, role, offset, length } of tensors) {
      if (isRunning(role)) {
        values.set(result.runningStatistics.get(name)!, offset);
        continue;
      }
      const gradient = result.gradients.get(name)!;
      if (step === 0) {
        const expected = golden.f64(`step0/grad/${name}`);
        close(name, gradient, expected, role === "convBias" ? 1 : norm(expected));
      }
      for (let i = 0; i < length; i++) {
        const at = offset + i;
        velocity[at] = 0.9 * velocity[at] + gradient[i] + 1e-4 * values[at];
        values[at] -= 0.01 * velocity[at];
      }
    }
  }
  for (const { name, offset, length } of tensors) {
    close(`final ${name}`, values.slice(offset, offset + length), golden.f64(`final/${name}`));
  }
  const logits = referenceLogits(layers, values, golden.u8("eval/images"), NORMALIZATION);
  close("evaluation logits", logits, golden.f64("eval/logits"));
});

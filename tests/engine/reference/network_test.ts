import { deepEqual, equal, ok } from "node:assert/strict";
import { initialTensors } from "../../../engine/initial_weights.ts";
import { drawMany, Stream, toUnit } from "../../../engine/streams.ts";
import { buildGraph, type Graph } from "../../../models/graph.ts";
import {
  averagePool,
  batchNorm,
  branches,
  conv,
  dropout,
  flatten,
  globalAveragePool,
  groupNorm,
  type Layer,
  linear,
  maxPool,
  repeat,
  sigmoid,
  silu,
  tanh,
} from "../../../models/layers/mod.ts";
import { cancelledBiases } from "../../../models/cancelled_biases.ts";
import { type ReferenceBatch, referenceLogits, referenceLoss, referenceStep } from "./network.ts";

const NORMALIZATION = { mean: 0.1307, deviation: 0.3081 };

/** Half the distance of a central difference: its error is about h² f‴ + 1e-16/h, smallest near here. */
const STEP = 1e-5;
/**
 * Of a gradient's norm. The loss is rounded to about 5e-16, so a difference quotient to about 5e-11; the gradients
 * below have norms from 1e-3, and the second-order term is smaller still.
 */
const FINITE_DIFFERENCE_TOLERANCE = 1e-6;
/** The gradient of a cancelled bias is zero in exact arithmetic: absolute. */
const ZERO_TOLERANCE = 1e-9;

/** Evenly spread; each costs two forward passes. */
const ELEMENTS_OF_A_TENSOR = 13;

const bare = (out: number, kernel: number, padding = 0): Layer => conv({ out, kernel, padding, bias: false });
const logits = linear({ out: 10 });

/** Smooth behind the first pool: a kink within a difference quotient would spoil it. */
const NETWORKS: Record<string, readonly Layer[]> = {
  "a chain": [
    maxPool({ size: 4 }),
    conv({ out: 3, kernel: 3 }),
    batchNorm(),
    tanh(),
    conv({ out: 2, kernel: 2, padding: 1 }),
    silu(),
    flatten(),
    logits,
  ],
  "no parameters on the way of the image": [maxPool({ size: 4 }), tanh(), flatten(), logits],
  "a sum with the value itself": [
    maxPool({ size: 4 }),
    bare(3, 3),
    branches("add", [bare(3, 3, 1), batchNorm(), tanh(), bare(3, 3, 1), batchNorm()], []),
    tanh(),
    globalAveragePool(),
    logits,
  ],
  "one behind the other": [
    maxPool({ size: 4 }),
    bare(2, 3),
    branches("concat", [bare(3, 1)], [], [conv({ out: 2, kernel: 3, padding: 1 }), sigmoid()]),
    batchNorm(),
    tanh(),
    flatten(),
    logits,
  ],
  "branches in branches, a value with five readers": [
    maxPool({ size: 4 }),
    bare(4, 3),
    branches(
      "add",
      [],
      [branches("concat", [bare(2, 3, 1)], [bare(2, 1), branches("add", [tanh()], [], [])])],
      [branches("add", [], [groupNorm({ groups: 2 })]), silu()],
      [],
    ),
    averagePool({ size: 2 }),
    flatten(),
    logits,
  ],
  "a layer three times": [
    maxPool({ size: 4 }),
    bare(3, 3),
    repeat(3, conv({ out: 3, kernel: 3, padding: 1 }), tanh()),
    flatten(),
    logits,
  ],
  "branches twice, dropout in them": [
    maxPool({ size: 4 }),
    bare(3, 3),
    repeat(2, branches("add", [bare(3, 3, 1), dropout({ p: 0.3 }), tanh()], []), batchNorm()),
    flatten(),
    logits,
  ],
  "flat branches": [
    maxPool({ size: 7 }),
    flatten(),
    linear({ out: 5 }),
    branches("add", [linear({ out: 5 }), sigmoid()], []),
    branches("concat", [linear({ out: 6 })], [linear({ out: 4, bias: false })]),
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
    labelSmoothing: 0.1,
    seed: 9,
    epoch: 2,
  };
}

/** Initial weights with norms off their start of 1 and 0. */
function genericValues(graph: Graph): Float64Array {
  const values = Float64Array.from(initialTensors(graph, 4));
  for (const { role, group, offset, length } of graph.tensors) {
    if (group !== "norm") continue;
    for (let i = offset; i < offset + length; i++) {
      values[i] = role === "weight" ? 0.7 + 0.6 * ((i * 7) % 11) / 11 : 0.4 * ((i * 5) % 7) / 7 - 0.15;
    }
  }
  return values;
}

const norm = (values: Iterable<number>): number => Math.hypot(...values);

for (const [name, layers] of Object.entries(NETWORKS)) {
  Deno.test(`referenceStep() has the gradients of finite differences: ${name}`, () => {
    const graph = buildGraph(layers), cancelled = cancelledBiases(graph);
    const batch = randomBatch(3), values = genericValues(graph);
    const { gradients, loss } = referenceStep(graph, values, batch);
    equal(loss, referenceLoss(graph, values, batch));
    deepEqual(
      [...gradients.keys()],
      graph.tensors.filter(({ trained }) => trained).map(({ name }) => name),
    );
    for (const { name, trained, offset, length } of graph.tensors) {
      if (!trained) continue;
      const stride = Math.ceil(length / ELEMENTS_OF_A_TENSOR);
      const elements = Array.from({ length: Math.ceil(length / stride) }, (_, i) => i * stride);
      const gradient = elements.map((i) => gradients.get(name)![i]);
      const differences = elements.map((i) => {
        const at = (value: number) =>
          referenceLoss(graph, values.with(offset + i, values[offset + i] + value), batch);
        return (at(STEP) - at(-STEP)) / (2 * STEP);
      });
      const size = norm(gradient), error = norm(differences.map((difference, i) => difference - gradient[i]));
      if (cancelled.has(name)) {
        ok(size <= ZERO_TOLERANCE && error <= ZERO_TOLERANCE, `${name}: norm ${size}, error ${error}`);
      } else {
        ok(error <= FINITE_DIFFERENCE_TOLERANCE * size, `${name}: error ${error} of a norm of ${size}`);
      }
    }
  });
}

Deno.test("referenceStep() moves the running statistics of a repeated layer at each use", () => {
  const once = buildGraph([maxPool({ size: 4 }), batchNorm({ momentum: 0.5 }), flatten(), logits]);
  const twice = buildGraph([
    maxPool({ size: 4 }),
    repeat(2, batchNorm({ momentum: 0.5 })),
    flatten(),
    logits,
  ]);
  const batch = randomBatch(4), start = Float64Array.from(initialTensors(once, 1));
  const seen = referenceStep(once, start, batch).runningStatistics.get("1.running_mean")![0];
  // the second use sees a mean of 0, which its bias is
  const expected = 0.5 * seen,
    got = referenceStep(twice, start, batch).runningStatistics.get("1.0.running_mean")![0];
  ok(Math.abs(seen) > 1e-3 && Math.abs(got - expected) < 1e-12, `expected ${expected}, got ${got}`);
});

Deno.test("referenceLogits() normalizes with the running statistics and drops nothing", () => {
  const graph = buildGraph([maxPool({ size: 14 }), batchNorm(), dropout({ p: 0.5 }), flatten(), logits]);
  const values = Float64Array.from(initialTensors(graph, 1));
  const of = (name: string) => {
    const { offset, length } = graph.tensors.find((tensor) => tensor.name === name)!;
    return values.subarray(offset, offset + length);
  };
  of("1.running_mean")[0] = 0.25;
  of("1.running_var")[0] = 4;
  const image = new Uint8Array(784).fill(51); // 0.2
  const normal = ((0.2 - 0.1307) / 0.3081 - 0.25) / Math.sqrt(4 + 1e-5);
  const weight = of("4.weight"), bias = of("4.bias");
  referenceLogits(graph, values, image, NORMALIZATION).forEach((logit, k) => {
    const sum = weight.subarray(4 * k, 4 * k + 4).reduce((total, factor) => total + factor * normal, bias[k]);
    ok(Math.abs(logit - sum) < 1e-12, `logit ${k}: expected ${sum}, got ${logit}`);
  });
});

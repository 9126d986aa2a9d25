/**
 * Holds an engine against the float64 PyTorch fixtures: three steps of plain SGD on the architectures of iterations
 * 1, 3, 4 and 5, without dropout and augmentation.
 *
 * Bounds are those of `tests/golden/README.md`, which also says what PyTorch's own float32 run reaches.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { NamedTensor } from "../../engine/engine.ts";
import { loadIterations } from "../../models/catalog.ts";
import { describeNetwork } from "../../models/shapes.ts";
import type { Iteration } from "../../models/types.ts";
import { GoldenFile } from "../golden_file.ts";

/** Relative; PyTorch's float32 reaches 1.6e-7. */
const LOSS_BOUND = 1e-5;
/** Of the tensor's norm; PyTorch's float32 reaches 1.5e-4: ReLU and max-pool kinks amplify rounding. */
const GRADIENT_BOUND = 3e-4;
/** Of the norm of what three updates changed; PyTorch's float32 reaches 5e-3, for the same reason. */
const CHANGE_BOUND = 2e-2;
/** Absolute, of a bias before batch norm, which is zero in exact arithmetic. */
const CONV_BIAS_GRADIENT_BOUND = 1e-5;
/** Relative to the norm; PyTorch's float32 reaches 5.6e-7. */
const RUNNING_BOUND = 1e-5;
/** Absolute; PyTorch's float32 reaches 4.1e-5. */
const LOGIT_BOUND = 1e-3;

/** A network in training, as an engine offers it to this suite. */
export interface Subject {
  /** Sets all tensors, canonical order. */
  initialize(values: Float32Array): void;
  /** One update on these images; returns the mean loss before it. Steps count from 0. */
  step(images: Uint8Array, labels: Uint8Array, step: number): Awaitable<number>;
  /** Parameters' gradients of the last step. */
  gradients(): Awaitable<readonly NamedTensor[]>;
  tensors(): Awaitable<readonly NamedTensor[]>;
  /** `[N,10]` in evaluation mode. */
  logits(images: Uint8Array): Awaitable<Float32Array>;
  close?(): void;
}

type Awaitable<T> = T | Promise<T>;

const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.sqrt(Array.from(a, (value, i) => (value - b[i]) ** 2).reduce((sum, square) => sum + square, 0));
const norm = (a: ArrayLike<number>): number => difference(a, new Float64Array(a.length));

/** The iteration as the fixtures were made: no dropout, no augmentation, plain SGD, batches of up to 32. */
function asInFixture(iteration: Iteration): Iteration {
  const normalization = { mean: 0.1307, deviation: 0.3081 };
  return {
    ...iteration,
    layers: iteration.layers.filter(({ kind }) => kind !== "dropout" && kind !== "channelDropout"),
    training: {
      ...iteration.training,
      batchSize: 32,
      optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 },
      schedule: { kind: "constant" },
      augmentation: [],
      trainNormalization: normalization,
      testNormalization: normalization,
    },
  };
}

/** What an engine's test may ask for. */
export interface GoldenOptions
  extends Pick<Deno.TestDefinition, "ignore" | "sanitizeOps" | "sanitizeResources"> {
  /** Absent for all four. */
  readonly iterations?: readonly number[];
  /**
   * Instead of `CONV_BIAS_GRADIENT_BOUND`, for an engine whose rounding noise there is larger; the bias itself is then
   * held to what three updates with such a gradient can change.
   */
  readonly convBiasGradient?: number;
}

/** Learning rate × the weights of the gradients in three updates: 1 + 0.9 + 0.81, 1 + 0.9 and 1. */
const UPDATES = 0.01 * (2.71 + 1.9 + 1);

async function check(iteration: Iteration, subject: Subject, options: GoldenOptions): Promise<void> {
  const golden = new GoldenFile(`iteration_${iteration.id}`);
  const network = describeNetwork(iteration.layers);
  const isConvBias = (name: string) => /^conv\d+\.bias$/.test(name);

  const initial = new Float32Array(network.length);
  for (const { name, role, offset, length } of network.tensors) {
    if (role === "runningVariance") initial.fill(1, offset, offset + length);
    else if (role !== "runningMean") initial.set(golden.f32(`init/${name}`), offset);
  }
  subject.initialize(initial);

  const losses = golden.f64("losses");
  for (let step = 0; step < 3; step++) {
    const labels = Uint8Array.from(golden.tensor(`batch${step}/labels`).data, Number);
    const loss = await subject.step(golden.u8(`batch${step}/images`), labels, step);
    const error = Math.abs(loss / losses[step] - 1);
    assert.ok(error <= LOSS_BOUND, `loss of step ${step}: ${loss}, expected ${losses[step]}`);
    if (step > 0) continue;
    for (const { name, data } of await subject.gradients()) {
      const expected = golden.f64(`step0/grad/${name}`);
      if (isConvBias(name)) {
        const bound = options.convBiasGradient ?? CONV_BIAS_GRADIENT_BOUND;
        assert.ok(norm(data) <= bound, `gradient of ${name}: norm ${norm(data)}`);
        continue;
      }
      const relative = difference(data, expected) / norm(expected);
      assert.ok(relative <= GRADIENT_BOUND, `gradient of ${name}: off by ${relative}`);
    }
  }
  for (const { name, data } of await subject.tensors()) {
    const expected = golden.f64(`final/${name}`);
    if (/running/.test(name)) {
      const relative = difference(data, expected) / norm(expected);
      assert.ok(relative <= RUNNING_BOUND, `${name}: off by ${relative}`);
      continue;
    }
    if (options.convBiasGradient !== undefined && isConvBias(name)) {
      const off = difference(data, expected);
      assert.ok(off <= UPDATES * options.convBiasGradient, `${name} after three updates: off by ${off}`);
      continue;
    }
    const change = difference(expected, golden.f32(`init/${name}`));
    const relative = difference(data, expected) / change;
    assert.ok(relative <= CHANGE_BOUND, `${name} after three updates: off by ${relative} of its change`);
  }
  const expected = golden.f64("eval/logits");
  const logits = await subject.logits(golden.u8("eval/images"));
  const furthest = logits.reduce(
    (most, logit, i) => Math.max(most, Math.abs(logit - expected[i])),
    0,
  );
  assert.ok(furthest <= LOGIT_BOUND, `evaluation logits: off by ${furthest}`);
}

/** Registers the suite for an engine; `make` prepares an iteration for training. */
export function testGolden(
  engine: string,
  make: (iteration: Iteration) => Awaitable<Subject>,
  options: GoldenOptions = {},
): void {
  const { ignore, sanitizeOps, sanitizeResources, iterations = [1, 3, 4, 5] } = options;
  const definition = { ignore, sanitizeOps, sanitizeResources };
  for (const id of iterations) {
    Deno.test(`${engine} agrees with float64 PyTorch on iteration ${id}`, definition, async () => {
      const iteration = asInFixture((await loadIterations()).find((each) => each.id === id)!);
      const subject = await make(iteration);
      try {
        await check(iteration, subject, options);
      } finally {
        subject.close?.();
      }
    });
  }
}

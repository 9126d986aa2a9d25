/**
 * Holds a network in training against a float64 PyTorch fixture: three steps of plain SGD, without dropout and
 * augmentation, and evaluation behind them.
 *
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { NamedTensor } from "../../engine/engine.ts";
import type { Awaitable, SteppedNetwork } from "../../engine/stepping.ts";
import { buildGraph } from "../../models/graph.ts";
import type { Iteration, Training } from "../../models/iteration.ts";
import type { GoldenFile } from "../golden_file.ts";
import { cancelledBiases } from "../../models/cancelled_biases.ts";

/** What the fixtures' recipes have in common. */
export const GOLDEN_TRAINING = {
  epochs: 1,
  optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 },
  schedule: { kind: "constant" },
  augmentation: [],
  trainNormalization: { mean: 0.1307, deviation: 0.3081 },
  testNormalization: { mean: 0.1307, deviation: 0.3081 },
} as const satisfies Omit<Training, "batchSize">;

const STEPS = 3, CLASSES = 10;

/** A tensor in float32, or in float64. */
type Tensor = Pick<NamedTensor, "name"> & { readonly data: ArrayLike<number> };

/** A network in training: an engine's `SteppedNetwork`, or one in float64. */
export interface GoldenSubject extends Pick<SteppedNetwork, "trainStep" | "close"> {
  gradients(): Awaitable<readonly Tensor[]>;
  tensors(): Awaitable<readonly Tensor[]>;
  averages(): Awaitable<readonly Tensor[]>;
  logits(images: Uint8Array): Awaitable<ArrayLike<number>>;
}

export type OpenGolden = (iteration: Iteration, values: Float32Array) => Awaitable<GoldenSubject>;

/** A fixture and what it is trained by. */
export interface GoldenTraining {
  readonly file: GoldenFile;
  readonly iteration: Iteration;
  /** The fixture's name of a tensor. */
  nameInFile(name: string): string;
}

/** How far a network may be from the fixture. */
export interface GoldenBounds {
  /** Relative. */
  readonly loss: number;
  /** Of the tensor's norm, or of `NOISE` beside the largest tensor's, at the first step. */
  readonly gradient: number;
  /** Absolute, of the norm of the gradient of a bias that has none in exact arithmetic. */
  readonly cancelledBias: number;
  /** Of the norm of what three updates changed. */
  readonly change: number;
  /** Of the norm of running statistics. */
  readonly running: number;
  /** Absolute, of each in evaluation. */
  readonly logits: number;
}

/**
 * What float32 leaves of the network's largest gradient is noise: a gradient of that size is zero but for epsilon, as that
 * of a norm's weight is where the next norm takes the scale out again.
 */
const NOISE = 2 ** -24;

/** Learning rate × the weights of the gradients in three updates: 1 + 0.9 + 0.81, 1 + 0.9 and 1. */
const UPDATES = 0.01 * (2.71 + 1.9 + 1);
/** Float32 rounds a parameter below 1 by so much in an update. */
const PARAMETER_ROUNDING = 2 ** -25;

const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  equal(a.length, b.length);
  return Math.hypot(...Array.from(a, (value, i) => value - b[i]));
};
const norm = (a: ArrayLike<number>): number => Math.hypot(...Array.from(a));

/** Labels whose logit is the first largest. */
function countCorrect(logits: ArrayLike<number>, labels: Uint8Array): number {
  return labels.reduce((count, label, n) => {
    const own = Array.from({ length: CLASSES }, (_, k) => logits[n * CLASSES + k]);
    return count + (own.indexOf(Math.max(...own)) === label ? 1 : 0);
  }, 0);
}

/** Trains the three steps and compares everything that the fixture has. */
export async function assertTrainsAsGolden(
  open: OpenGolden,
  { file, iteration, nameInFile }: GoldenTraining,
  bounds: GoldenBounds,
): Promise<void> {
  const graph = buildGraph(iteration.layers), cancelled = cancelledBiases(graph);
  const trained = graph.tensors.filter((spec) => spec.trained).map(({ name }) => name);
  const inFile = (prefix: string) =>
    [...file.tensors.keys()].filter((name) => name.startsWith(prefix)).map((name) =>
      name.slice(prefix.length)
    );
  deepEqual(
    graph.tensors.map(({ name }) => nameInFile(name)).sort(),
    inFile("final/").sort(),
    "tensors of the network and of the fixture",
  );

  const initial = new Float32Array(graph.length);
  for (const { name, trained, start, offset, length } of graph.tensors) {
    if (trained) initial.set(file.f32(`init/${nameInFile(name)}`), offset);
    else if (start.kind === "constant") initial.fill(start.value, offset, offset + length);
  }
  const network = await open(iteration, initial);
  try {
    const losses = file.f64("losses");
    for (let step = 0; step < STEPS; step++) {
      const images = file.u8(`batch${step}/images`);
      const labels = Uint8Array.from(file.tensor(`batch${step}/labels`).data, Number);
      const { loss: sum, correct } = await network.trainStep(
        { images, labels },
        Uint32Array.from(labels.keys()),
        { epoch: 1, seed: 0, stepNumber: step, stepsPerEpoch: STEPS },
      );
      const loss = sum / labels.length, error = Math.abs(loss / losses[step] - 1);
      ok(error <= bounds.loss, `loss of step ${step}: ${loss}, expected ${losses[step]}, off by ${error}`);
      if (step > 0) continue;
      equal(correct, countCorrect(file.f64("step0/logits"), labels), "labels with the largest logit");
      const gradients = await network.gradients();
      deepEqual(gradients.map(({ name }) => name), trained);
      const largest = Math.max(...trained.map((name) => norm(file.f64(`step0/grad/${nameInFile(name)}`))));
      for (const { name, data } of gradients) {
        const expected = file.f64(`step0/grad/${nameInFile(name)}`);
        if (cancelled.has(name)) {
          const off = difference(data, expected);
          ok(off <= bounds.cancelledBias, `gradient of ${name}: off by ${off} where nothing is left of it`);
          continue;
        }
        const off = difference(data, expected), size = norm(expected);
        ok(
          off <= Math.max(bounds.gradient * size, NOISE * largest),
          `gradient of ${name}: off by ${off / size} of its norm ${size}`,
        );
      }
    }
    const specs = new Map(graph.tensors.map((spec) => [spec.name, spec]));
    const assertChanged = (folder: string, tensors: readonly Tensor[]) => {
      for (const { name, data } of tensors) {
        const expected = file.f64(`${folder}/${nameInFile(name)}`), spec = specs.get(name)!;
        const off = difference(data, expected);
        if (!spec.trained) {
          const relative = off / norm(expected);
          ok(relative <= bounds.running, `${folder} ${name}: off by ${relative} of its norm`);
          continue;
        }
        const change = difference(
          expected,
          initial.subarray(spec.offset, spec.offset + spec.length),
        );
        // such a bias has nothing but weight decay, and what noise its gradient may have
        const noise = cancelled.has(name)
          ? UPDATES * bounds.cancelledBias + STEPS * PARAMETER_ROUNDING * Math.sqrt(spec.length)
          : 0;
        ok(
          off <= bounds.change * change + noise,
          `${folder} ${name}: off by ${off}, ${off / change} of its change`,
        );
      }
    };
    const tensors = await network.tensors(), averages = await network.averages();
    deepEqual(tensors.map(({ name }) => name), graph.tensors.map(({ name }) => name));
    assertChanged("final", tensors);
    deepEqual(averages.map(({ name }) => nameInFile(name)).sort(), inFile("average/").sort());
    assertChanged("average", averages);
    const expected = file.f64("eval/logits"), logits = await network.logits(file.u8("eval/images"));
    equal(logits.length, expected.length);
    const furthest = Math.max(...Array.from(logits, (logit, i) => Math.abs(logit - expected[i])));
    ok(furthest <= bounds.logits, `evaluation logits: off by ${furthest}`);
  } finally {
    network.close();
  }
}

/**
 * How far two engines are apart after each step.
 *
 * The gradient of a convolution's bias before batch norm is zero but for rounding, so it is not compared. Adam makes
 * steps of the learning rate out of it all the same, and the running mean follows the bias: what the biases put into a
 * running mean is taken out before it is compared.
 *
 * @module
 */
import type { NamedTensor } from "../../engine/engine.ts";
import type { StepResult } from "./run.ts";

/** What lies between two engines in one step. */
export interface StepDifference {
  /** 1-based. */
  readonly step: number;
  /** Mean loss of each. */
  readonly losses: readonly [number, number];
  /** |a − b| / |b| */
  readonly loss: number;
  /** For each layer with parameters, the largest ‖a − b‖ / ‖b‖ of its tensors' gradients. */
  readonly gradients: readonly { readonly layer: string; readonly difference: number }[];
  /** ‖a − b‖ / ‖b‖ of all running statistics together. */
  readonly runningStatistics: number;
}

/** Weight of a new value in the running statistics. */
const NEW_VALUE_WEIGHT = 0.1;

/** The layer that a tensor belongs to: a convolution and its batch norm are one. */
function layerOf(name: string): string {
  return name.replace(/\..*$/, "").replace(/^bn/, "conv");
}

function isConvBias(name: string): boolean {
  return /^conv\d+\.bias$/.test(name);
}

function find(tensors: readonly NamedTensor[], name: string): Float32Array {
  return tensors.find((tensor) => tensor.name === name)!.data;
}

/** ‖a − b‖ / ‖b‖ */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.hypot(...Array.from(a, (value, i) => value - b[i])) / Math.hypot(...Array.from(b));
}

/** An engine's running statistics without what biases put into them. */
class RunningStatistics {
  #biases: ReadonlyMap<string, Float32Array>;
  /** By name of the running mean: how much of it comes from biases. */
  readonly #shares = new Map<string, Float64Array>();

  constructor(start: readonly NamedTensor[]) {
    this.#biases = biasesOf(start);
  }

  /** All of them after a step; to be called after each. */
  after(tensors: readonly NamedTensor[]): number[] {
    const all = tensors.filter(({ name }) => /\.running_/.test(name)).flatMap(({ name, data }) => {
      const bias = this.#biases.get(name);
      if (!bias) return [...data];
      const before = this.#shares.get(name);
      const share = Float64Array.from(
        bias,
        (value, i) => (1 - NEW_VALUE_WEIGHT) * (before?.[i] ?? 0) + NEW_VALUE_WEIGHT * value,
      );
      this.#shares.set(name, share);
      return Array.from(data, (value, i) => value - share[i]);
    });
    this.#biases = biasesOf(tensors);
    return all;
  }
}

/** The biases by the name of the running mean behind them. */
function biasesOf(tensors: readonly NamedTensor[]): ReadonlyMap<string, Float32Array> {
  return new Map(
    tensors.filter(({ name }) => isConvBias(name)).map(({ name, data }) => [
      name.replace(/^conv(\d+)\.bias$/, "bn$1.running_mean"),
      data,
    ]),
  );
}

/** Compares a first engine with a second one, step after step. */
export class Comparison {
  readonly #first: RunningStatistics;
  readonly #second: RunningStatistics;
  #step = 0;

  /** From what both start from. */
  constructor(start: readonly NamedTensor[]) {
    this.#first = new RunningStatistics(start);
    this.#second = new RunningStatistics(start);
  }

  /** The difference in the next step. */
  next(first: StepResult, second: StepResult): StepDifference {
    const layers = new Map<string, number>();
    for (const { name, data } of second.gradients) {
      if (isConvBias(name)) continue;
      const difference = relativeDifference(find(first.gradients, name), data);
      const layer = layerOf(name), before = layers.get(layer) ?? 0;
      // one that is no number is the largest
      layers.set(layer, difference <= before ? before : difference);
    }
    return {
      step: ++this.#step,
      losses: [first.loss, second.loss],
      loss: Math.abs(first.loss / second.loss - 1),
      gradients: [...layers].map(([layer, difference]) => ({ layer, difference })),
      runningStatistics: relativeDifference(
        this.#first.after(first.tensors),
        this.#second.after(second.tensors),
      ),
    };
  }
}

/**
 * How far two engines are apart after each step.
 *
 * Where a norm takes a bias out again, the gradient of the bias is zero but for rounding. So gradients are compared by
 * layer, where a weight is large beside that. Adam makes steps of the learning rate out of such a gradient all the same,
 * and the running mean behind follows the bias: what biases put into a running mean is taken out before it is compared.
 *
 * @module
 */
import type { NamedTensor } from "../../engine/engine.ts";
import type { Graph, OperationName, TensorSpec } from "../../models/graph.ts";
import type { StepResult } from "./run.ts";

/** How far the gradients of a layer's tensors are apart. */
export interface LayerDifference {
  /** Its place in the network and what it is: `3.0.1 conv`. */
  readonly layer: string;
  /**
   * Whether it is a linear layer with no kink behind it. A ReLU or a max-pool that falls the other way in one engine
   * changes the gradients of all layers before it.
   */
  readonly isHead: boolean;
  /** ‖a − b‖ / ‖b‖ */
  readonly difference: number;
}

/** What lies between two engines in one step. */
export interface StepDifference {
  /** 1-based. */
  readonly step: number;
  /** Mean loss of each. */
  readonly losses: readonly [number, number];
  /** |a − b| / |b| */
  readonly loss: number;
  /** For each layer with parameters, in order. */
  readonly gradients: readonly LayerDifference[];
  /** ‖a − b‖ / ‖b‖ of all running statistics together; 0 where there are none. */
  readonly runningStatistics: number;
}

/** A layer whose gradients are smaller than this, of the norm of all, is compared with that: the rest is rounding. */
const LEAST_SHARE = 1e-4;

/** Operations whose derivative jumps. */
const KINKED: ReadonlySet<OperationName> = new Set<OperationName>([
  "relu",
  "relu6",
  "leakyRelu",
  "prelu",
  "hardSwish",
  "maxPool",
  "globalMaxPool",
]);

/** A layer with parameters. */
interface TrainedLayer {
  readonly layer: string;
  readonly isHead: boolean;
  readonly names: readonly string[];
}

function trainedLayers({ nodes, values, tensors }: Graph): readonly TrainedLayer[] {
  const isBeforeKink = values.map(() => false);
  for (const { operation, inputs, output } of nodes.toReversed()) {
    if (KINKED.has(operation.kind) || isBeforeKink[output]) inputs.forEach((id) => isBeforeKink[id] = true);
  }
  const places = new Set(tensors.filter(({ trained }) => trained).map(({ place }) => place));
  return [...places].map((place) => {
    const uses = nodes.filter((node) => node.place === place);
    return {
      layer: `${place} ${uses[0].operation.kind}`,
      isHead: uses.every(({ operation, output }) => operation.kind === "linear" && !isBeforeKink[output]),
      names: tensors.filter((spec) => spec.trained && spec.place === place).map(({ name }) => name),
    };
  });
}

const norm = (values: Iterable<number>): number => {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
};

/** ‖a − b‖ / ‖b‖ */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return norm(Array.from(a, (value, i) => value - b[i])) / norm(Array.from(b));
}

/** A running mean, and the bias that it follows, if there is one. */
interface RunningMean {
  readonly mean: TensorSpec;
  readonly bias: TensorSpec | undefined;
  readonly momentum: number;
}

/** The running means in the order in which a step moves them; that of a repeated layer each time. */
function runningMeans(graph: Graph): readonly RunningMean[] {
  return graph.nodes.flatMap(({ operation, inputs, tensors }) =>
    operation.kind === "batchNorm" || operation.kind === "ghostBatchNorm"
      ? [{ mean: tensors.running_mean, bias: biasInside(graph, inputs[0]), momentum: operation.momentum }]
      : []
  );
}

/** The bias that is part of a value, directly or behind pools, and that nobody else reads. */
function biasInside(graph: Graph, id: number): TensorSpec | undefined {
  const { producer, readers } = graph.values[id];
  if (producer === undefined || readers.length > 1) return undefined;
  const { operation, inputs, tensors } = graph.nodes[producer];
  if (operation.kind === "maxPool" || operation.kind === "averagePool") return biasInside(graph, inputs[0]);
  return tensors.bias?.group === "bias" ? tensors.bias : undefined;
}

type Values = ReadonlyMap<string, Float32Array>;

const byName = (tensors: readonly NamedTensor[]): Values =>
  new Map(tensors.map(({ name, data }) => [name, data]));

/** An engine's running statistics without what biases put into them. */
class RunningStatistics {
  readonly #names: readonly string[];
  readonly #means: readonly RunningMean[];
  /** By name of the running mean: how much of it comes from a bias. */
  readonly #shares = new Map<string, Float64Array>();
  #before: Values;

  constructor(graph: Graph, start: Values) {
    this.#names = graph.tensors.filter(({ trained }) => !trained).map(({ name }) => name);
    this.#means = runningMeans(graph);
    this.#before = start;
  }

  /** All of them after a step; to be called after each. */
  after(tensors: Values): number[] {
    for (const { mean, bias, momentum } of this.#means) {
      const values = bias && this.#before.get(bias.name), old = this.#shares.get(mean.name);
      const share = Float64Array.from(
        { length: mean.length },
        (_, c) => (1 - momentum) * (old?.[c] ?? 0) + momentum * (values?.[c] ?? 0),
      );
      this.#shares.set(mean.name, share);
    }
    this.#before = tensors;
    return this.#names.flatMap((name) => {
      const share = this.#shares.get(name);
      return Array.from(tensors.get(name)!, (value, c) => value - (share?.[c] ?? 0));
    });
  }
}

/** Compares a first engine with a second one, step after step. */
export class Comparison {
  readonly #layers: readonly TrainedLayer[];
  readonly #first: RunningStatistics;
  readonly #second: RunningStatistics;
  #step = 0;

  /** Of a network, from what both start from. */
  constructor(graph: Graph, start: readonly NamedTensor[]) {
    this.#layers = trainedLayers(graph);
    this.#first = new RunningStatistics(graph, byName(start));
    this.#second = new RunningStatistics(graph, byName(start));
  }

  /** The difference in the next step. */
  next(first: StepResult, second: StepResult): StepDifference {
    const a = byName(first.gradients), b = byName(second.gradients);
    const least = LEAST_SHARE * norm([...b.values()].flatMap((data) => [...data]));
    const statistics = [this.#first.after(byName(first.tensors)), this.#second.after(byName(second.tensors))];
    return {
      step: ++this.#step,
      losses: [first.loss, second.loss],
      loss: Math.abs(first.loss / second.loss - 1),
      gradients: this.#layers.map(({ layer, isHead, names }) => {
        const ofFirst = names.flatMap((name) => [...a.get(name)!]);
        const ofSecond = names.flatMap((name) => [...b.get(name)!]);
        const apart = norm(ofFirst.map((value, i) => value - ofSecond[i]));
        return { layer, isHead, difference: apart === 0 ? 0 : apart / Math.max(norm(ofSecond), least) };
      }),
      runningStatistics: statistics[0].length === 0 ? 0 : relativeDifference(statistics[0], statistics[1]),
    };
  }
}

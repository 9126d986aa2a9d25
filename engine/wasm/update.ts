/**
 * What becomes of a step's gradients: the recipe's terms, the optimizer's update, the averages.
 *
 * One worker does it for all. Order of the gradients' norm: parameters in canonical order, in float64.
 *
 * @module
 */
import { CLIP_EPSILON } from "../clipping.ts";
import type { TensorSpec } from "../../models/graph.ts";
import type { CompletedTraining } from "../../models/iteration.ts";
import type { Runtime } from "./operation.ts";
import { LARGEST_RECORD, scalarRecord } from "./optimizer.ts";
import type { PlacedParameters } from "./parameters.ts";

/** Vectors of the parameters' arrays that are updated alike. */
interface Run {
  /** In bytes from the start. */
  readonly offset: number;
  readonly vectors: number;
  readonly decays: boolean;
}

/** Neighbouring tensors with weight decay, and without. */
function runsOf({ tensors, values }: PlacedParameters, decays: (spec: TensorSpec) => boolean): Run[] {
  const runs: Run[] = [];
  for (const { spec, address } of tensors) {
    if (!spec.trained) continue;
    const vectors = Math.ceil(spec.length / 4), last = runs.at(-1);
    if (last?.decays === decays(spec)) runs[runs.length - 1] = { ...last, vectors: last.vectors + vectors };
    else runs.push({ offset: address - values, vectors, decays: decays(spec) });
  }
  return runs;
}

export class Updater {
  readonly #placed: PlacedParameters;
  readonly #training: CompletedTraining;
  readonly #runtime: Runtime;
  /** Two records of scalars: as they are, and without weight decay. */
  readonly #scalars: number;
  readonly #runs: readonly Run[];
  /** Elements of the arrays that are parameters; what a rule makes of the padding between them is nobody's business. */
  readonly #elements: Uint32Array;
  readonly #parameters: Float32Array;
  readonly #gradients: Float32Array;
  readonly #averages: Float32Array | undefined;

  constructor(
    { parameters, scalars }: { readonly parameters: PlacedParameters; readonly scalars: number },
    training: CompletedTraining,
    runtime: Runtime,
  ) {
    this.#placed = parameters;
    this.#training = training;
    this.#runtime = runtime;
    this.#scalars = scalars;
    const all = training.optimizer.decayNormAndBias;
    this.#runs = runsOf(parameters, ({ group }) => all || (group !== "norm" && group !== "bias"));
    this.#elements = Uint32Array.from(
      parameters.tensors.flatMap(({ spec: { trained, length }, address }) =>
        trained ? Array.from({ length }, (_, i) => (address - parameters.values) / 4 + i) : []
      ),
    );
    const array = (address: number) => runtime.f32.subarray(address / 4, (address + parameters.bytes) / 4);
    this.#parameters = array(parameters.values);
    this.#gradients = array(parameters.gradients);
    this.#averages = training.average && array(parameters.states.at(-1)!);
  }

  /** Forgets what the optimizer has seen; averages start from the parameters. */
  initialize(): void {
    const { gradients, states, bytes } = this.#placed;
    for (const address of [gradients, ...states]) {
      this.#runtime.f32.fill(0, address / 4, (address + bytes) / 4);
    }
    this.#averages?.set(this.#parameters);
  }

  /** Updates the parameters from the gradients, which stay as the optimizer took them. */
  update(scalars: Readonly<Record<string, number>>): void {
    for (const { from, each, nodes, to } of this.#placed.shared) {
      this.#runtime.kernels.sumSlices(from, each, nodes, to, each / 16);
    }
    this.#addL1();
    this.#clip();
    this.#optimize(scalars);
    this.#average();
  }

  #addL1(): void {
    const { l1 } = this.#training, gradients = this.#gradients, parameters = this.#parameters;
    if (l1 === 0) return;
    for (const i of this.#elements) gradients[i] += l1 * Math.sign(parameters[i]);
  }

  #clip(): void {
    const { clipNorm } = this.#training, gradients = this.#gradients;
    if (clipNorm === undefined) return;
    let squares = 0;
    for (const i of this.#elements) squares += gradients[i] * gradients[i];
    const scale = Math.min(1, clipNorm / (Math.sqrt(squares) + CLIP_EPSILON));
    for (const i of this.#elements) gradients[i] *= scale;
  }

  #optimize(scalars: Readonly<Record<string, number>>): void {
    const { optimizer } = this.#training, { values, gradients, states } = this.#placed;
    const records = [scalars, { ...scalars, weightDecay: 0 }].map((each) => scalarRecord(optimizer, each));
    records.forEach((record, i) => this.#runtime.f32.set(record, this.#scalars / 4 + LARGEST_RECORD * i));
    const own = this.#averages ? states.slice(0, -1) : states;
    for (const { offset, vectors, decays } of this.#runs) {
      this.#runtime.kernels.update(
        values + offset,
        gradients + offset,
        this.#scalars + (decays ? 0 : 4 * LARGEST_RECORD),
        vectors,
        ...own.map((state) => state + offset),
      );
    }
  }

  #average(): void {
    const averages = this.#averages, parameters = this.#parameters;
    if (!averages) return;
    const { decay } = this.#training.average!;
    for (const i of this.#elements) {
      averages[i] = decay * averages[i] + (1 - decay) * parameters[i];
    }
  }

  /** Puts the averages in the parameters' place, or back. */
  exchangeAverages(): void {
    const held = this.#parameters.slice();
    this.#parameters.set(this.#averages!);
    this.#averages!.set(held);
  }
}

/**
 * The updates that all engines share, as TensorFlow.js operations on every parameter, and what the recipe does with
 * gradients before.
 *
 * @module
 */
import { CLIP_EPSILON } from "../../clipping.ts";
import * as tf from "@tensorflow/tfjs-core";
import type { TensorSpec } from "../../../models/graph.ts";
import type { CompletedTraining } from "../../../models/iteration.ts";
import type { EpochMeasures } from "../../../models/recipe/schedules/mod.ts";
import { type AnyOptimizerRule, optimizerRule } from "../../optimizers/mod.ts";
import { optimizerScalarsAt } from "../../rates.ts";
import { TENSOR_ARITHMETIC } from "./arithmetic.ts";

/** A tensor of the network and the variable that holds it. */
export interface Slot {
  readonly spec: TensorSpec;
  readonly variable: tf.Variable;
}

/** A variable of zeros that no gradient is wanted of. */
function zerosLike({ shape }: tf.Tensor): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zeros(shape), false));
}

/**
 * The gradients as the optimizer takes them: with that of l1 · Σ|θ|, then all of them together scaled down to a norm of
 * `clipNorm`. To be used inside `tf.tidy`.
 */
export function prepareGradients(
  gradients: readonly tf.Tensor[],
  parameters: readonly tf.Variable[],
  { l1, clipNorm }: Pick<CompletedTraining, "l1" | "clipNorm">,
): readonly tf.Tensor[] {
  const whole = l1 === 0
    ? gradients
    : gradients.map((gradient, i) => tf.add(gradient, tf.mul(l1, tf.sign(parameters[i]))));
  if (clipNorm === undefined) return whole;
  const squares = whole.map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square)));
  const scale = tf.minimum(1, tf.div(clipNorm, tf.add(norm, CLIP_EPSILON)));
  return whole.map((gradient) => tf.mul(gradient, scale));
}

export class Optimizer {
  readonly #training: CompletedTraining;
  readonly #rule: AnyOptimizerRule;
  readonly #slots: readonly (Slot & { readonly state: Readonly<Record<string, tf.Variable>> })[];

  /** Remembers nothing yet. */
  constructor(training: CompletedTraining, parameters: readonly Slot[]) {
    this.#training = training;
    this.#rule = optimizerRule(training.optimizer);
    this.#slots = parameters.map((slot) => ({
      ...slot,
      state: Object.fromEntries(this.#rule.state.map((name) => [name, zerosLike(slot.variable)])),
    }));
  }

  /** One update, with the gradients in the order of the parameters; steps count from 0 over the whole training. */
  update(
    gradients: readonly tf.Tensor[],
    { stepNumber, stepsPerEpoch }: { readonly stepNumber: number; readonly stepsPerEpoch: number },
    history: readonly EpochMeasures[],
  ): void {
    const { optimizer } = this.#training;
    const numbers = optimizerScalarsAt(this.#training, stepNumber, stepsPerEpoch, history);
    tf.tidy(() => {
      // one tensor for each number, whatever the number of parameters
      const scalars = Object.fromEntries(
        Object.entries(numbers).map(([name, value]) => [name, tf.scalar(value)]),
      );
      const withoutDecay = { ...scalars, weightDecay: tf.scalar(0) };
      this.#slots.forEach(({ spec, variable, state }, i) => {
        const decays = optimizer.decayNormAndBias || (spec.group !== "bias" && spec.group !== "norm");
        const updated = this.#rule.update<tf.Tensor>(TENSOR_ARITHMETIC, {
          parameter: variable,
          gradient: gradients[i],
          state,
          scalars: decays ? scalars : withoutDecay,
        }, optimizer);
        for (const [name, value] of Object.entries(updated.state)) state[name].assign(value);
        variable.assign(updated.parameter);
      });
    });
  }

  dispose(): void {
    for (const { state } of this.#slots) tf.dispose(Object.values(state));
  }
}

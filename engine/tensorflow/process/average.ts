/**
 * The moving average of the parameters that evaluation uses where the recipe wants one.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorSpec } from "../../../models/graph.ts";
import type { Slot } from "./optimizer.ts";

/** average ← decay · average + (1 − decay) · parameter, from the parameters at the start on. */
export class ParameterAverage {
  readonly slots: readonly Slot[];
  readonly #parameters: readonly Slot[];
  readonly #decay: number;

  constructor(parameters: readonly Slot[], decay: number) {
    this.#parameters = parameters;
    this.#decay = decay;
    this.slots = parameters.map(({ spec, variable }) => ({
      spec,
      variable: tf.tidy(() => tf.variable(tf.clone(variable), false)),
    }));
  }

  /** After an update. */
  move(): void {
    tf.tidy(() =>
      this.slots.forEach(({ variable }, i) => {
        const kept = tf.mul(variable, this.#decay);
        variable.assign(tf.add(kept, tf.mul(this.#parameters[i].variable, 1 - this.#decay)));
      })
    );
  }

  /** What evaluation uses for a parameter. */
  variableOf(spec: TensorSpec): tf.Variable | undefined {
    return this.slots.find((slot) => slot.spec === spec)?.variable;
  }

  dispose(): void {
    tf.dispose(this.slots.map(({ variable }) => variable));
  }
}

/**
 * Adam and SGD with PyTorch's meaning, as TensorFlow.js operations on every parameter.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Training } from "../../../models/types.ts";
import { optimizerScalars } from "../../optimizers.ts";

/** A parameter with what the optimizer remembers of it. */
interface Slot {
  readonly parameter: tf.Variable;
  /** Adam's first moment, or SGD's velocity. */
  readonly first: tf.Variable;
  /** Adam's second moment. */
  readonly second?: tf.Variable;
}

export class Optimizer {
  readonly #training: Training;
  readonly #slots: readonly Slot[];

  /** Remembers nothing yet. */
  constructor(training: Training, parameters: readonly tf.Variable[]) {
    this.#training = training;
    const zeros = (like: tf.Variable) => tf.tidy(() => tf.variable(tf.zeros(like.shape), false));
    this.#slots = parameters.map((parameter) => ({
      parameter,
      first: zeros(parameter),
      second: training.optimizer.kind === "adam" ? zeros(parameter) : undefined,
    }));
  }

  /** One update, with the gradients in the order of the parameters; steps count from 0 over the whole training. */
  update(gradients: readonly tf.Tensor[], stepNumber: number, stepsPerEpoch: number): void {
    const scalars = optimizerScalars(this.#training, stepNumber, stepsPerEpoch);
    tf.tidy(() => {
      // one tensor for each number, whatever the number of parameters
      const number = (value: number) => tf.scalar(value);
      if (scalars.kind === "adam") {
        const beta1 = number(scalars.beta1), oneMinusBeta1 = number(scalars.oneMinusBeta1);
        const beta2 = number(scalars.beta2), oneMinusBeta2 = number(scalars.oneMinusBeta2);
        const stepSize = number(scalars.stepSize), epsilon = number(scalars.epsilon);
        const rootBiasCorrection2 = number(scalars.rootBiasCorrection2);
        this.#slots.forEach(({ parameter, first, second }, i) => {
          const gradient = gradients[i];
          const m = tf.add(tf.mul(first, beta1), tf.mul(oneMinusBeta1, gradient));
          const v = tf.add(tf.mul(second!, beta2), tf.mul(oneMinusBeta2, tf.square(gradient)));
          const divisor = tf.add(tf.div(tf.sqrt(v), rootBiasCorrection2), epsilon);
          first.assign(m);
          second!.assign(v);
          parameter.assign(tf.sub(parameter, tf.div(tf.mul(stepSize, m), divisor)));
        });
      } else {
        const learningRate = number(scalars.learningRate), momentum = number(scalars.momentum);
        const weightDecay = number(scalars.weightDecay);
        this.#slots.forEach(({ parameter, first }, i) => {
          const gradient = tf.add(gradients[i], tf.mul(weightDecay, parameter));
          const velocity = tf.add(tf.mul(momentum, first), gradient);
          first.assign(velocity);
          parameter.assign(tf.sub(parameter, tf.mul(learningRate, velocity)));
        });
      }
    });
  }

  dispose(): void {
    for (const { first, second } of this.#slots) {
      first.dispose();
      second?.dispose();
    }
  }
}

/**
 * The plain reference network trained in float64, recipe and all: what float32 engines are held against step by step.
 *
 * @module
 */
import { augment } from "../../engine/augmentation.ts";
import type { NamedTensor } from "../../engine/engine.ts";
import { learningRateAt, momentumAt } from "../../engine/schedules.ts";
import type { SteppedNetwork } from "../../engine/stepping.ts";
import { describeNetwork } from "../../models/shapes.ts";
import type { Iteration } from "../../models/types.ts";
import { referenceLogits, referenceStep } from "./reference_network.ts";

const PIXELS = 784;

/** A network that is trained in float64: forward, backward and update. */
export function openReference(iteration: Iteration, start: Float32Array): SteppedNetwork {
  const { layers, training } = iteration, { optimizer } = training;
  const { tensors, parameterCount } = describeNetwork(layers);
  const values = Float64Array.from(start);
  const first = new Float64Array(parameterCount), second = new Float64Array(parameterCount);
  const rounded = (of: ArrayLike<number>): NamedTensor[] =>
    tensors.filter(({ offset }) => offset < of.length).map(({ name, shape, offset, length }) => ({
      name,
      shape,
      data: Float32Array.from({ length }, (_, i) => of[offset + i]),
    }));
  const gradient = new Float64Array(parameterCount);
  return {
    trainStep(data, indices, { epoch, seed, stepNumber, stepsPerEpoch }) {
      const images = new Uint8Array(indices.length * PIXELS);
      indices.forEach((index, n) => {
        const image = images.subarray(n * PIXELS, (n + 1) * PIXELS);
        const original = data.images.subarray(index * PIXELS, (index + 1) * PIXELS);
        augment(original, image, training.augmentation, seed, epoch, index);
      });
      const step = referenceStep(layers, values, {
        images,
        labels: Uint8Array.from(indices, (index) => data.labels[index]),
        indices,
        normalization: training.trainNormalization,
        seed,
        epoch,
      });
      for (const { name, role, offset } of tensors) {
        if (role.startsWith("running")) values.set(step.runningStatistics.get(name)!, offset);
        // zero in exact arithmetic: what is left in float64 is noise that Adam would make steps of
        else if (role === "convBias") gradient.fill(0, offset, offset + step.gradients.get(name)!.length);
        else gradient.set(step.gradients.get(name)!, offset);
      }
      const rate = learningRateAt(training, stepNumber, stepsPerEpoch);
      const momentum = momentumAt(training, stepNumber, stepsPerEpoch);
      for (let i = 0; i < parameterCount; i++) {
        if (optimizer.kind === "sgd") {
          first[i] = momentum * first[i] + gradient[i] + optimizer.weightDecay * values[i];
          values[i] -= rate * first[i];
        } else {
          const { beta2, epsilon } = optimizer, t = stepNumber + 1;
          first[i] = momentum * first[i] + (1 - momentum) * gradient[i];
          second[i] = beta2 * second[i] + (1 - beta2) * gradient[i] ** 2;
          const root = Math.sqrt(second[i] / (1 - beta2 ** t)) + epsilon;
          values[i] -= rate * first[i] / (1 - momentum ** t) / root;
        }
      }
      return { loss: step.loss * indices.length, correct: step.correct };
    },
    gradients: () => rounded(gradient),
    tensors: () => rounded(values),
    logits: (images) =>
      Float32Array.from(referenceLogits(layers, values, images, training.testNormalization)),
    close: () => {},
  };
}

/**
 * Softmax cross-entropy with label smoothing, computed in float64 with the project's own exp and log.
 *
 * @module
 */
import { exp, log } from "../math/elementary.ts";

/** Below e^−700 a probability counts as that. */
const LEAST_EXPONENT = -700;

/** e to each logit less the largest, of the example at work. */
let exponentials = new Float64Array(0);

/** What one example contributed. */
export interface ExampleLoss {
  /** Σ −target[i] · log softmax(logits)[i], nats; NaN if a logit is not finite. */
  loss: number;
  /** The first largest logit. */
  prediction: number;
}

/**
 * Loss and gradient of one example: dLogits[i] = (softmax(logits)[i] − target[i]) · weight.
 *
 * target[i] = (1 − labelSmoothing) · [i = label] + labelSmoothing / classes, as PyTorch's `CrossEntropyLoss` has it.
 * Logits and gradients are `classes` values, `stride` elements apart, from element `start` of their arrays.
 */
export function softmaxCrossEntropy(
  logits: Float32Array,
  label: number,
  { classes, start, stride, weight, labelSmoothing = 0, dLogits, result }: {
    classes: number;
    start: number;
    stride: number;
    weight: number;
    /** From 0 to below 1; evaluation never smooths. */
    labelSmoothing?: number;
    /** Absent in evaluation. */
    dLogits?: Float32Array;
    result: ExampleLoss;
  },
): void {
  let largest = logits[start], prediction = 0, finite = true;
  for (let i = 0; i < classes; i++) {
    const value = logits[start + i * stride];
    if (!Number.isFinite(value)) finite = false;
    if (value > largest) {
      largest = value;
      prediction = i;
    }
  }
  if (!finite) {
    result.loss = NaN;
    result.prediction = prediction;
    return;
  }
  if (exponentials.length < classes) exponentials = new Float64Array(classes);
  let sum = 0;
  for (let i = 0; i < classes; i++) {
    exponentials[i] = exp(Math.max(LEAST_EXPONENT, logits[start + i * stride] - largest));
    sum += exponentials[i];
  }
  const smooth = labelSmoothing / classes;
  if (dLogits) {
    for (let i = 0; i < classes; i++) {
      const probability = exponentials[i] / sum;
      dLogits[start + i * stride] = (probability - (i === label ? 1 - labelSmoothing + smooth : smooth)) *
        weight;
    }
  }
  const logSum = log(sum);
  let loss = logSum - (logits[start + label * stride] - largest);
  if (labelSmoothing > 0) {
    let total = 0;
    for (let i = 0; i < classes; i++) total += logSum - (logits[start + i * stride] - largest);
    loss = (1 - labelSmoothing) * loss + smooth * total;
  }
  result.loss = loss;
  result.prediction = prediction;
}

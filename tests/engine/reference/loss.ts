/**
 * Softmax cross-entropy with label smoothing.
 *
 * @module
 */
import { type Tensor, zeros } from "./tensor.ts";

/**
 * The mean of −Σ(k) target[k] · log softmax(logits)[k] over the batch, its gradient, and how many labels have the first
 * largest logit; target is 1 − labelSmoothing at the label, and labelSmoothing / classes is added everywhere.
 */
export function softmaxCrossEntropy(
  { shape, data }: Tensor,
  labels: Uint8Array,
  labelSmoothing: number,
): { readonly loss: number; readonly correct: number; readonly dLogits: Tensor } {
  const [N, classes] = shape, dLogits = zeros(shape);
  let loss = 0, correct = 0;
  for (let n = 0; n < N; n++) {
    const logits = [...data.subarray(n * classes, (n + 1) * classes)];
    const largest = Math.max(...logits);
    const exponentials = logits.map((logit) => Math.exp(logit - largest));
    const sum = exponentials.reduce((total, value) => total + value, 0);
    if (logits.indexOf(largest) === labels[n]) correct++;
    logits.forEach((logit, k) => {
      const target = (k === labels[n] ? 1 - labelSmoothing : 0) + labelSmoothing / classes;
      loss += target * (Math.log(sum) - (logit - largest)) / N;
      dLogits.data[n * classes + k] = (exponentials[k] / sum - target) / N;
    });
  }
  return { loss, correct, dLogits };
}

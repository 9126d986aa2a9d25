/**
 * Softmax cross-entropy: the gradient of the logits, and a batch's sums.
 *
 * @module
 */
import { EXP_AND_LOG } from "./elementary.ts";
import { defineKernel, type Kernel, repeat } from "./kernel.ts";
import { MAXIMUM_INVOCATIONS } from "./layout.ts";
import { sumOfWorkgroup } from "./workgroup_sum.ts";

/**
 * For each example −log softmax(logits)[label], and in training dLogits[i] = (softmax(logits)[i] − [i = label]) / N;
 * the batch's sum of losses and count of right answers go to the step's slot, in evaluation the first largest logit
 * to `predictions`.
 *
 * - `logits`, `d_logits` [T,classes,N] f32; a logit that is not finite makes the loss not-a-number
 * - `labels`  [T,N] u32, of the batch
 * - `sums`    [T,slots] vec2f: loss and right answers, added up by 256 invocations in a fixed order
 * - `predictions` [T,test images] u32
 */
export function lossKernel(options: {
  readonly classes: number;
  readonly lanes: number;
  readonly logits: string;
  readonly dLogits: string;
}): Kernel {
  const { classes, lanes, logits, dLogits } = options;
  return defineKernel({
    label: "loss",
    bindings: {
      logits: { buffer: logits, type: "f32" },
      d_logits: { buffer: dLogits, type: "f32", write: true },
      labels: { buffer: "labels", type: "u32" },
      sums: { buffer: "sums", type: "vec2f", write: true },
      predictions: { buffer: "predictions", type: "u32", write: true },
    },
    size: [MAXIMUM_INVOCATIONS, 1],
    workgroups: [1, 1],
    work: { bytes: 8 * lanes * classes },
    declarations: `${EXP_AND_LOG}\n${sumOfWorkgroup("vec2f")}
// whether the exponent has a bit that is not set
fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}`,
    body: `  var of_examples = vec2f();
  for (var n = local.x; n < ${lanes}; n += ${MAXIMUM_INVOCATIONS}) {
    let start = trial * ${classes * lanes} + n;
    if (n < step.examples) {
      let label = labels[trial * ${lanes} + n];
${repeat(classes, (i) => `      let logit${i} = logits[start + ${i * lanes}];`)}
      var largest = logit0;
      var prediction = 0u;
${
      repeat(
        classes - 1,
        (i) => `      if (logit${i + 1} > largest) { largest = logit${i + 1}; prediction = ${i + 1}; }`,
      )
    }
      let finite = ${Array.from({ length: classes }, (_, i) => `is_finite(logit${i})`).join(" && ")};
${repeat(classes, (i) => `      let e${i} = exponential(logit${i} - largest);`)}
      let total = ${Array.from({ length: classes }, (_, i) => `e${i}`).join(" + ")};
      var of_label = logit0;
${repeat(classes - 1, (i) => `      if (label == ${i + 1}) { of_label = logit${i + 1}; }`)}
      let loss = logarithm(total) - (of_label - largest);
      // not-a-number cannot be written down in WGSL
      of_examples += vec2f(select(bitcast<f32>(0x7fc00000u | step.examples), loss, finite), f32(prediction == label));
      if (step.training != 0u) {
        let weight = 1.0 / f32(step.examples);
${
      repeat(
        classes,
        (i) => `        d_logits[start + ${i * lanes}] = (e${i} / total - f32(label == ${i})) * weight;`,
      )
    }
      } else {
        predictions[trial * step.test_length + step.first + n] = prediction;
      }
    } else {
${repeat(classes, (i) => `      d_logits[start + ${i * lanes}] = 0.0;`)}
    }
  }
  let total = sum_of_workgroup(local.x, of_examples);
  if (local.x == 0) { sums[trial * step.slots + step.slot] = total; }`,
  });
}

/**
 * Softmax cross-entropy: the gradient of the logits, and a batch's sums.
 *
 * @module
 */
import { EXPONENTIAL, LOGARITHM } from "./elementary.ts";
import { defineKernel, type Kernel, repeat } from "./kernel.ts";
import { MAXIMUM_INVOCATIONS } from "./layout.ts";
import { sumOfWorkgroup } from "./workgroup_sum.ts";

/**
 * For each example −log softmax(logits)[label], and in training dLogits[i] = (softmax(logits)[i] − target[i]) / N; the
 * batch's sum of losses and count of right answers go to the step's slot, and if `predictions` are wanted the first
 * largest logit to them.
 *
 * The target is 1 for the label and 0 elsewhere; in training, `labelSmoothing` of it is spread over all classes, and
 * the loss is Σ(i) −target[i] · log softmax(logits)[i].
 *
 * - `logits`, `d_logits` [T,classes,N] f32; a logit that is not finite makes the loss not-a-number
 * - `labels`  [T,N] u32, of the batch
 * - `sums`    [T,slots] vec2f: loss and right answers, added up by 256 invocations in a fixed order
 * - `predictions` [T,test images] u32
 * - `training` says whether the kernel is of a training step; it must fit the step
 */
export function lossKernel(options: {
  readonly classes: number;
  readonly lanes: number;
  readonly logits: string;
  readonly dLogits: string;
  readonly training: boolean;
  readonly labelSmoothing: number;
  readonly predictions: boolean;
}): Kernel {
  const { classes, lanes, logits, dLogits, training, predictions } = options;
  const smoothing = training ? options.labelSmoothing : 0;
  const [every, label] = [smoothing / classes, 1 - smoothing].map((share) => `f32(${Math.fround(share)})`);
  const target = (i: number) =>
    smoothing === 0 ? `f32(label == ${i})` : `(${label} * f32(label == ${i}) + ${every})`;
  const logTotal = "logarithm(total)";
  const distances = Array.from({ length: classes }, (_, i) => `(logit${i} - largest)`).join(" + ");
  const loss = smoothing === 0
    ? `${logTotal} - (of_label - largest)`
    : `${logTotal} - ${label} * (of_label - largest) - ${every} * (${distances})`;
  return defineKernel({
    label: "loss",
    bindings: {
      logits: { buffer: logits, type: "f32" },
      ...(training ? { d_logits: { buffer: dLogits, type: "f32", write: true } as const } : {}),
      labels: { buffer: "labels", type: "u32" },
      sums: { buffer: "sums", type: "vec2f", write: true },
      ...(predictions ? { predictions: { buffer: "predictions", type: "u32", write: true } as const } : {}),
    },
    size: [MAXIMUM_INVOCATIONS, 1],
    workgroups: [1, 1],
    work: { bytes: 8 * lanes * classes },
    declarations: `${EXPONENTIAL}${LOGARITHM}\n${sumOfWorkgroup("vec2f")}
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
      let loss = ${loss};
      // not-a-number cannot be written down in WGSL
      of_examples += vec2f(select(bitcast<f32>(0x7fc00000u | step.examples), loss, finite), f32(prediction == label));
${
      training
        ? `      let weight = 1.0 / f32(step.examples);\n${
          repeat(
            classes,
            (i) => `      d_logits[start + ${i * lanes}] = (e${i} / total - ${target(i)}) * weight;`,
          )
        }`
        : ""
    }
${predictions ? "      predictions[trial * step.test_length + step.first + n] = prediction;" : ""}
    }
${
      training
        ? `    else {\n${repeat(classes, (i) => `      d_logits[start + ${i * lanes}] = 0.0;`)}\n    }`
        : ""
    }
  }
  let total = sum_of_workgroup(local.x, of_examples);
  if (local.x == 0) { sums[trial * step.slots + step.slot] = total; }`,
  });
}

/**
 * The layers as TensorFlow.js operations; their gradients are those that TensorFlow.js derives.
 *
 * Maps are [N,H,W,C]. Written from the definitions and from nothing in the other engines, because it is there to
 * check them.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import { CLASS_COUNT, describeNetwork, type ShapedLayer, type TensorRole } from "../../../models/shapes.ts";
import type { Layer } from "../../../models/types.ts";
import type { DropoutLayer } from "../dropout_factors.ts";

/** PyTorch's batch norm: added to the variance, and the weight of a new value in the running statistics. */
const EPSILON = 1e-5;
const NEW_VALUE_WEIGHT = 0.1;

/** The tensor of a layer that has this role. */
export type TensorOf = (layerIndex: number, role: TensorRole) => tf.Variable;

type ConvLayer = Extract<Layer, { kind: "conv" }>;

/** What a layer makes of its input while training; `factors` are those of the batch's dropout layers, in order. */
interface TrainingPass {
  readonly tensorOf: TensorOf;
  readonly factors: readonly tf.Tensor[];
}

/** output[n,i,j,k] = bias[k] + Σ(a,b,c) weight[a,b,c,k] · input[n,i+a−padding,j+b−padding,c], zero outside. */
function convolution(input: tf.Tensor4D, layer: ConvLayer, index: number, tensorOf: TensorOf): tf.Tensor4D {
  const { kernel, padding = 0 } = layer;
  const weight = tensorOf(index, "convWeight") as unknown as tf.Tensor4D;
  // `same` pads by (kernel − 1)/2; the native gradients know no other padding than that and none
  const isSame = padding > 0 && 2 * padding === kernel - 1;
  const padded = padding === 0 || isSame
    ? input
    : tf.pad(input, [[0, 0], [padding, padding], [padding, padding], [0, 0]]);
  const sums = tf.conv2d(padded, weight, 1, isSame ? "same" : "valid");
  return tf.add(sums, tensorOf(index, "convBias"));
}

/**
 * Means over all but the last axis, one axis after the other: TensorFlow on a CPU adds the rows of a tensor up one by
 * one, and the error of a float32 sum grows with the root of their number.
 */
function channelMeans(map: tf.Tensor): tf.Tensor {
  return tf.mean(tf.mean(tf.mean(map, 1), 1), 0);
}

/** Batch norm with the batch's own mean and variance; the running ones are moved, the variance by the unbiased one. */
function batchNormTraining(input: tf.Tensor4D, index: number, tensorOf: TensorOf): tf.Tensor4D {
  const count = input.size / input.shape[3];
  const mean = channelMeans(input);
  const centered = tf.sub(input, mean);
  const variance = channelMeans(tf.square(centered));
  const unbiased = tf.mul(variance, count / Math.max(1, count - 1));
  const move = (role: TensorRole, value: tf.Tensor) => {
    const running = tensorOf(index, role);
    running.assign(tf.add(running, tf.mul(tf.sub(value, running), NEW_VALUE_WEIGHT)));
  };
  move("runningMean", mean);
  move("runningVariance", unbiased);
  const scale = tf.mul(tf.rsqrt(tf.add(variance, EPSILON)), tensorOf(index, "normWeight"));
  return tf.add(tf.mul(centered, scale), tensorOf(index, "normBias"));
}

/** Batch norm with the running mean and variance. */
function batchNormEvaluation(input: tf.Tensor4D, index: number, tensorOf: TensorOf): tf.Tensor4D {
  const variance = tensorOf(index, "runningVariance");
  const scale = tf.mul(tf.rsqrt(tf.add(variance, EPSILON)), tensorOf(index, "normWeight"));
  return tf.add(
    tf.mul(tf.sub(input, tensorOf(index, "runningMean")), scale),
    tensorOf(index, "normBias"),
  );
}

/** A list of layers with its forward passes. */
export class Network {
  readonly #layers: readonly ShapedLayer[];
  /** In order. */
  readonly dropouts: readonly DropoutLayer[];

  constructor(layers: readonly Layer[]) {
    this.#layers = describeNetwork(layers).layers;
    this.dropouts = this.#layers.filter(({ layer }) => isDropout(layer)).map(({ layer, input }, ordinal) => ({
      p: (layer as { p: number }).p,
      channels: layer.kind === "channelDropout",
      ordinal,
      input,
    }));
  }

  /** Logits [N,classes] of a batch [N,28,28,1]; the running statistics are moved. */
  train(images: tf.Tensor4D, pass: TrainingPass): tf.Tensor2D {
    return this.#forward(images, pass.tensorOf, pass);
  }

  /** Logits [N,classes] of images [N,28,28,1] in evaluation mode. */
  evaluate(images: tf.Tensor4D, tensorOf: TensorOf): tf.Tensor2D {
    return this.#forward(images, tensorOf);
  }

  #forward(images: tf.Tensor4D, tensorOf: TensorOf, training?: TrainingPass): tf.Tensor2D {
    let value: tf.Tensor = images, dropouts = 0;
    this.#layers.forEach(({ layer, output }, index) => {
      switch (layer.kind) {
        case "conv": {
          const sums = convolution(value as tf.Tensor4D, layer, index, tensorOf);
          const normalize = training ? batchNormTraining : batchNormEvaluation;
          value = tf.relu(normalize(sums, index, tensorOf));
          break;
        }
        case "maxPool":
          // rows and columns that fill no window are left out
          value = tf.maxPool(value as tf.Tensor4D, layer.size, layer.size, "valid");
          break;
        case "dropout":
        case "channelDropout":
          if (training) value = tf.mul(value, training.factors[dropouts++]);
          break;
        case "flatten":
          // in PyTorch's order, channel by channel
          value = tf.reshape(tf.transpose(value, [0, 3, 1, 2]), [value.shape[0], output[0]]);
          break;
        case "globalAveragePool":
          value = tf.mean(value, [1, 2]);
          break;
        case "linear": {
          const weight = tensorOf(index, "linearWeight") as unknown as tf.Tensor2D;
          const sums = tf.matMul(value as tf.Tensor2D, weight, false, true);
          value = tf.add(sums, tensorOf(index, "linearBias"));
          break;
        }
      }
    });
    return value as tf.Tensor2D;
  }
}

function isDropout({ kind }: Layer): boolean {
  return kind === "dropout" || kind === "channelDropout";
}

/** Mean of −log softmax(logits)[label]; labels are int32 [N]. */
export function meanCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const classes = logits.shape[1] ?? CLASS_COUNT;
  const chosen = tf.mul(tf.logSoftmax(logits), tf.oneHot(labels, classes, 1, 0, "float32"));
  return tf.neg(tf.mean(tf.sum(chosen, 1)));
}

/** How many labels have the first largest logit. */
export function countCorrect(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), "float32"));
}

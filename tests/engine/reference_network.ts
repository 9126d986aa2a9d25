/**
 * One training step and the evaluation of any network, in float64 and by the definitions: what engines are compared
 * with.
 *
 * Every layer is a function from its input `[N,C,H,W]` (flat vectors: H = W = 1) to its output and a `backward`
 * that takes dOutput to dInput and leaves the gradients of its parameters. Nested loops, nothing shared with an
 * engine but the shapes and the random streams. For small shapes only.
 *
 * @module
 */
import { drawMany, dropoutThreshold, isKept, Stream } from "../../engine/streams.ts";
import { describeNetwork, type TensorRole } from "../../models/shapes.ts";
import type { Layer, Normalization } from "../../models/types.ts";

/** Pixels of an image's side. */
const SIDE = 28;

/** PyTorch's batch norm: added to the variance, and the weight of a new value in the running statistics. */
const EPSILON = 1e-5;
const NEW_VALUE_WEIGHT = 0.1;

/** Examples of a batch with everything that decides on their forward pass. */
export interface ReferenceBatch {
  /** uint8 [N,28,28] */
  readonly images: Uint8Array;
  /** uint8 [N] */
  readonly labels: Uint8Array;
  /** Place of each example in the training set, on which dropout's draws depend. */
  readonly indices: ArrayLike<number>;
  readonly normalization: Normalization;
  readonly seed: number;
  /** 1-based. */
  readonly epoch: number;
}

/** What one step computes, before parameters are updated. */
export interface ReferenceStep {
  /** Mean over the batch, nats. */
  readonly loss: number;
  readonly correct: number;
  /** [N,classes] */
  readonly logits: Float64Array;
  /** By name, gradients of the mean loss. */
  readonly gradients: ReadonlyMap<string, Float64Array>;
  /** By name, as this step leaves them. */
  readonly runningStatistics: ReadonlyMap<string, Float64Array>;
}

/** `[N,C,H,W]`, row-major. */
export interface Tensor {
  readonly shape: readonly [number, number, number, number];
  readonly data: Float64Array;
}

/** A layer that has been passed. */
interface Pass {
  readonly output: Tensor;
  backward(dOutput: Tensor): Tensor;
}

/** A layer's parameters and, once `backward` has run, their gradients, under the same key. */
interface Parameters {
  readonly values: Float64Array;
  gradients?: Float64Array;
}

const zeros = (shape: Tensor["shape"]): Tensor => ({
  shape,
  data: new Float64Array(shape[0] * shape[1] * shape[2] * shape[3]),
});

/** Runs over all places of a tensor: `visit(offset, n, c, h, w)`. */
function forEachElement(
  [N, C, H, W]: Tensor["shape"],
  visit: (offset: number, n: number, c: number, h: number, w: number) => void,
): void {
  let offset = 0;
  for (let n = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      for (let h = 0; h < H; h++) {
        for (let w = 0; w < W; w++) visit(offset++, n, c, h, w);
      }
    }
  }
}

/** output[n,k,i,j] = bias[k] + Σ(c,a,b) weight[k,c,a,b] · input[n,c,i+a−padding,j+b−padding], zero outside. */
function convolution(
  input: Tensor,
  weight: Parameters,
  bias: Parameters,
  { out: K, kernel, padding = 0 }: { out: number; kernel: number; padding?: number },
): Pass {
  const [N, C, H, W] = input.shape;
  const output = zeros([N, K, H + 2 * padding - kernel + 1, W + 2 * padding - kernel + 1]);
  const [, , OH, OW] = output.shape;
  /** Visits every product: `visit(output, weight, input)` with the three offsets. */
  const forEachProduct = (visit: (o: number, w: number, i: number) => void) => {
    forEachElement([N, K, OH, OW], (o, n, k, i, j) => {
      for (let c = 0; c < C; c++) {
        for (let a = 0; a < kernel; a++) {
          const h = i + a - padding;
          if (h < 0 || h >= H) continue;
          for (let b = 0; b < kernel; b++) {
            const w = j + b - padding;
            if (w < 0 || w >= W) continue;
            visit(o, ((k * C + c) * kernel + a) * kernel + b, ((n * C + c) * H + h) * W + w);
          }
        }
      }
    });
  };
  forEachElement(output.shape, (o, _, k) => output.data[o] = bias.values[k]);
  forEachProduct((o, w, i) => output.data[o] += weight.values[w] * input.data[i]);
  return {
    output,
    backward(dOutput) {
      const dInput = zeros(input.shape);
      const dWeight = weight.gradients = new Float64Array(weight.values.length);
      const dBias = bias.gradients = new Float64Array(K);
      forEachElement(output.shape, (o, _, k) => dBias[k] += dOutput.data[o]);
      forEachProduct((o, w, i) => {
        dWeight[w] += dOutput.data[o] * input.data[i];
        dInput.data[i] += dOutput.data[o] * weight.values[w];
      });
      return dInput;
    },
  };
}

/** Batch norm with the batch's own mean and variance; the running ones are moved. */
function batchNormTraining(
  input: Tensor,
  weight: Parameters,
  bias: Parameters,
  running: { readonly mean: Float64Array; readonly variance: Float64Array },
): Pass {
  const [N, C, H, W] = input.shape, count = N * H * W;
  const mean = new Float64Array(C), variance = new Float64Array(C);
  forEachElement(input.shape, (o, _, c) => mean[c] += input.data[o] / count);
  forEachElement(input.shape, (o, _, c) => {
    const deviation = input.data[o] - mean[c];
    variance[c] += deviation * deviation / count;
  });
  const inverse = variance.map((v) => 1 / Math.sqrt(v + EPSILON));
  for (let c = 0; c < C; c++) {
    // the running variance takes the unbiased estimate
    const unbiased = variance[c] * count / Math.max(1, count - 1);
    running.mean[c] += NEW_VALUE_WEIGHT * (mean[c] - running.mean[c]);
    running.variance[c] += NEW_VALUE_WEIGHT * (unbiased - running.variance[c]);
  }
  const normalized = zeros(input.shape), output = zeros(input.shape);
  forEachElement(input.shape, (o, _, c) => {
    normalized.data[o] = (input.data[o] - mean[c]) * inverse[c];
    output.data[o] = weight.values[c] * normalized.data[o] + bias.values[c];
  });
  return {
    output,
    backward(dOutput) {
      const dInput = zeros(input.shape);
      const dWeight = weight.gradients = new Float64Array(C);
      const dBias = bias.gradients = new Float64Array(C);
      forEachElement(input.shape, (o, _, c) => {
        dWeight[c] += dOutput.data[o] * normalized.data[o];
        dBias[c] += dOutput.data[o];
      });
      forEachElement(input.shape, (o, _, c) => {
        const throughMoments = (dBias[c] + normalized.data[o] * dWeight[c]) / count;
        dInput.data[o] = weight.values[c] * inverse[c] * (dOutput.data[o] - throughMoments);
      });
      return dInput;
    },
  };
}

/** Batch norm with the running mean and variance. */
function batchNormEvaluation(
  input: Tensor,
  weight: Parameters,
  bias: Parameters,
  running: { readonly mean: Float64Array; readonly variance: Float64Array },
): Tensor {
  const output = zeros(input.shape);
  forEachElement(input.shape, (o, _, c) => {
    const normalized = (input.data[o] - running.mean[c]) / Math.sqrt(running.variance[c] + EPSILON);
    output.data[o] = weight.values[c] * normalized + bias.values[c];
  });
  return output;
}

function relu(input: Tensor): Pass {
  return {
    output: { shape: input.shape, data: input.data.map((x) => Math.max(x, 0)) },
    backward: (dOutput) => ({
      shape: input.shape,
      data: dOutput.data.map((gradient, o) => input.data[o] > 0 ? gradient : 0),
    }),
  };
}

/** Windows do not overlap; what fills none is left out. A tie's gradient goes to the first maximum, row by row. */
function maxPool(input: Tensor, size: number): Pass {
  const [N, C, H, W] = input.shape;
  const output = zeros([N, C, Math.floor(H / size), Math.floor(W / size)]);
  const winner = new Int32Array(output.data.length);
  forEachElement(output.shape, (o, n, c, i, j) => {
    let best = -1;
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) {
        const from = ((n * C + c) * H + i * size + a) * W + j * size + b;
        if (best < 0 || input.data[from] > input.data[best]) best = from;
      }
    }
    winner[o] = best;
    output.data[o] = input.data[best];
  });
  return {
    output,
    backward(dOutput) {
      const dInput = zeros(input.shape);
      winner.forEach((from, o) => dInput.data[from] += dOutput.data[o]);
      return dInput;
    },
  };
}

/** Multiplies each element by a factor of its own, forward and backward. */
function scaled(input: Tensor, factors: Float64Array): Pass {
  const times = ({ data }: Tensor): Tensor => ({
    shape: input.shape,
    data: data.map((value, o) => value * factors[o]),
  });
  return { output: times(input), backward: times };
}

/**
 * 1/(1 − p) where dropout keeps an element, else 0: example n takes the draws of its place in the training set,
 * element (c, h, w) draw number (c·H + h)·W + w, or c where whole channels are dropped.
 */
function dropoutFactors(
  [N, C, H, W]: Tensor["shape"],
  { p, channels, ordinal }: { p: number; channels: boolean; ordinal: number },
  { seed, epoch, indices }: ReferenceBatch,
): Float64Array {
  const factors = new Float64Array(N * C * H * W), threshold = dropoutThreshold(p);
  const words = new Uint32Array(channels ? C : C * H * W);
  let drawnFor = -1;
  forEachElement([N, C, H, W], (o, n, c, h, w) => {
    if (n !== drawnFor) {
      drawMany({ seed, stream: Stream.dropout, index: indices[n], epoch, channel: ordinal }, words);
      drawnFor = n;
    }
    factors[o] = isKept(words[channels ? c : (c * H + h) * W + w], threshold) ? 1 / (1 - p) : 0;
  });
  return factors;
}

/** The same elements under another shape. */
function reshaped(input: Tensor, shape: Tensor["shape"]): Pass {
  return {
    output: { shape, data: input.data },
    backward: ({ data }) => ({ shape: input.shape, data }),
  };
}

function globalAveragePool(input: Tensor): Pass {
  const [N, C, H, W] = input.shape;
  const output = zeros([N, C, 1, 1]);
  forEachElement(input.shape, (o, n, c) => output.data[n * C + c] += input.data[o] / (H * W));
  return {
    output,
    backward(dOutput) {
      const dInput = zeros(input.shape);
      forEachElement(input.shape, (o, n, c) => dInput.data[o] = dOutput.data[n * C + c] / (H * W));
      return dInput;
    },
  };
}

/** output[n,o] = bias[o] + Σ(f) weight[o,f] · input[n,f] */
function linear(input: Tensor, weight: Parameters, bias: Parameters): Pass {
  const [N, F] = input.shape, O = bias.values.length;
  const output = zeros([N, O, 1, 1]);
  const forEachProduct = (visit: (output: number, weight: number, input: number) => void) =>
    forEachElement(output.shape, (at, n, o) => {
      for (let f = 0; f < F; f++) visit(at, o * F + f, n * F + f);
    });
  forEachElement(output.shape, (at, _, o) => output.data[at] = bias.values[o]);
  forEachProduct((at, w, i) => output.data[at] += weight.values[w] * input.data[i]);
  return {
    output,
    backward(dOutput) {
      const dInput = zeros(input.shape);
      const dWeight = weight.gradients = new Float64Array(weight.values.length);
      const dBias = bias.gradients = new Float64Array(O);
      forEachElement(output.shape, (at, _, o) => dBias[o] += dOutput.data[at]);
      forEachProduct((at, w, i) => {
        dWeight[w] += dOutput.data[at] * input.data[i];
        dInput.data[i] += dOutput.data[at] * weight.values[w];
      });
      return dInput;
    },
  };
}

/** Mean of −log softmax(logits)[label], its gradient, and how many labels have the first largest logit. */
function softmaxCrossEntropy(
  { shape, data }: Tensor,
  labels: Uint8Array,
): { loss: number; correct: number; dLogits: Tensor } {
  const [N, classes] = shape, dLogits = zeros(shape);
  let loss = 0, correct = 0;
  for (let n = 0; n < N; n++) {
    const logits = [...data.subarray(n * classes, (n + 1) * classes)];
    const largest = Math.max(...logits);
    const exponentials = logits.map((logit) => Math.exp(logit - largest));
    const sum = exponentials.reduce((total, value) => total + value, 0);
    loss += (Math.log(sum) - (logits[labels[n]] - largest)) / N;
    if (logits.indexOf(largest) === labels[n]) correct++;
    exponentials.forEach((value, i) => {
      dLogits.data[n * classes + i] = (value / sum - (i === labels[n] ? 1 : 0)) / N;
    });
  }
  return { loss, correct, dLogits };
}

function inputTensor(images: Uint8Array, { mean, deviation }: Normalization): Tensor {
  return {
    shape: [images.length / (SIDE * SIDE), 1, SIDE, SIDE],
    data: Float64Array.from(images, (pixel) => (pixel / 255 - mean) / deviation),
  };
}

/** A network with its tensors: copies of `values`, which are in canonical order. */
class ReferenceNetwork {
  readonly #layers: readonly Layer[];
  readonly #tensors: { readonly name: string; readonly key: string; readonly parameters: Parameters }[];
  readonly #byKey = new Map<string, Parameters>();

  constructor(layers: readonly Layer[], values: ArrayLike<number>) {
    this.#layers = layers;
    this.#tensors = describeNetwork(layers).tensors.map(({ name, layerIndex, role, offset, length }) => {
      const parameters = { values: Float64Array.from({ length }, (_, i) => values[offset + i]) };
      return { name, key: `${layerIndex}.${role}`, parameters };
    });
    for (const { key, parameters } of this.#tensors) this.#byKey.set(key, parameters);
  }

  /** All layers in turn; in training mode where there is a batch. */
  forward(input: Tensor, batch?: ReferenceBatch): Pass {
    const passes: Pass[] = [];
    let tensor = input, dropouts = 0;
    const take = (pass: Pass) => {
      passes.push(pass);
      tensor = pass.output;
    };
    this.#layers.forEach((layer, index) => {
      const get = (role: TensorRole) => this.#byKey.get(`${index}.${role}`)!;
      const [N, C, H, W] = tensor.shape;
      switch (layer.kind) {
        case "conv": {
          const running = { mean: get("runningMean").values, variance: get("runningVariance").values };
          take(convolution(tensor, get("convWeight"), get("convBias"), layer));
          if (batch) take(batchNormTraining(tensor, get("normWeight"), get("normBias"), running));
          else tensor = batchNormEvaluation(tensor, get("normWeight"), get("normBias"), running);
          take(relu(tensor));
          break;
        }
        case "maxPool":
          take(maxPool(tensor, layer.size));
          break;
        case "dropout":
        case "channelDropout": {
          const place = { p: layer.p, channels: layer.kind === "channelDropout", ordinal: dropouts++ };
          if (batch) take(scaled(tensor, dropoutFactors(tensor.shape, place, batch)));
          break;
        }
        case "flatten":
          take(reshaped(tensor, [N, C * H * W, 1, 1]));
          break;
        case "globalAveragePool":
          take(globalAveragePool(tensor));
          break;
        case "linear":
          take(linear(tensor, get("linearWeight"), get("linearBias")));
          break;
      }
    });
    return {
      output: tensor,
      backward: (dOutput) => passes.reduceRight((gradient, pass) => pass.backward(gradient), dOutput),
    };
  }

  gradients(): Map<string, Float64Array> {
    return new Map(
      this.#tensors.flatMap(({ name, parameters: { gradients } }) => gradients ? [[name, gradients]] : []),
    );
  }

  runningStatistics(): Map<string, Float64Array> {
    return new Map(
      this.#tensors.flatMap(({ name, key, parameters }) =>
        key.includes(".running") ? [[name, parameters.values]] : []
      ),
    );
  }
}

/** A training step from `values`, all tensors in canonical order; nothing is updated in place. */
export function referenceStep(
  layers: readonly Layer[],
  values: ArrayLike<number>,
  batch: ReferenceBatch,
): ReferenceStep {
  const network = new ReferenceNetwork(layers, values);
  const pass = network.forward(inputTensor(batch.images, batch.normalization), batch);
  const { loss, correct, dLogits } = softmaxCrossEntropy(pass.output, batch.labels);
  pass.backward(dLogits);
  return {
    loss,
    correct,
    logits: pass.output.data,
    gradients: network.gradients(),
    runningStatistics: network.runningStatistics(),
  };
}

/** The mean loss alone, for finite differences. */
export function referenceLoss(
  layers: readonly Layer[],
  values: ArrayLike<number>,
  batch: ReferenceBatch,
): number {
  const network = new ReferenceNetwork(layers, values);
  const { output } = network.forward(inputTensor(batch.images, batch.normalization), batch);
  return softmaxCrossEntropy(output, batch.labels).loss;
}

/** Logits `[N,classes]` of uint8 images `[N,28,28]` in evaluation mode. */
export function referenceLogits(
  layers: readonly Layer[],
  values: ArrayLike<number>,
  images: Uint8Array,
  normalization: Normalization,
): Float64Array {
  return new ReferenceNetwork(layers, values).forward(inputTensor(images, normalization)).output.data;
}

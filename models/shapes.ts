/**
 * Shape inference and parameter arithmetic: what an iteration's list of layers amounts to.
 *
 * @module
 */
import type { Layer } from "./types.ts";

/** `[C,H,W]` for a map, `[C]` for a flat vector; the batch dimension is left out. */
export type Shape = readonly number[];

/** One layer with what enters and leaves it. */
export interface ShapedLayer {
  readonly layer: Layer;
  readonly input: Shape;
  readonly output: Shape;
}

/** What a tensor is to its layer. The optimizer updates all but the running statistics. */
export type TensorRole =
  | "convWeight"
  | "convBias"
  | "normWeight"
  | "normBias"
  | "linearWeight"
  | "linearBias"
  | "runningMean"
  | "runningVariance";

/** One tensor of a network and its place in the canonical order. */
export interface TensorSpec {
  /** PyTorch's name: `conv1.weight`, `bn1.running_var`, `fc.bias`. */
  readonly name: string;
  readonly role: TensorRole;
  /** `convWeight` [out,in,K,K], `linearWeight` [out,in], all others [channels]; row-major. */
  readonly shape: readonly number[];
  /** Index in `layers` of the layer that it belongs to. */
  readonly layerIndex: number;
  /** In elements from the start of all tensors. */
  readonly offset: number;
  /** In elements. */
  readonly length: number;
}

/** A network's shapes and tensors. */
export interface Network {
  readonly layers: readonly ShapedLayer[];
  /** Canonical order: all parameters in layer order, then all running statistics in layer order. */
  readonly tensors: readonly TensorSpec[];
  /** Trainable elements; the running statistics start at this offset. */
  readonly parameterCount: number;
  /** Elements of all tensors together. */
  readonly length: number;
}

/** An MNIST image: one channel of 28×28. */
export const IMAGE_SHAPE: Shape = [1, 28, 28];

/** Digits 0 to 9. */
export const CLASS_COUNT = 10;

function product(shape: Shape): number {
  return shape.reduce((total, size) => total * size, 1);
}

function showShape(shape: Shape): string {
  return `[${shape.join(",")}]`;
}

/** Start of every message about a layer; layers are numbered from 1. */
function cannotBuild(layer: Layer, index: number): string {
  return `Cannot build layer ${index + 1} (${layer.kind})`;
}

function checkSize(layer: Layer, index: number, name: string, value: number, least = 1): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(
      `${cannotBuild(layer, index)}: expected "${name}" to be an integer of at least ${least}, got ${value}`,
    );
  }
}

function checkMap(layer: Layer, index: number, input: Shape): void {
  if (input.length !== 3) {
    throw new TypeError(
      `${cannotBuild(layer, index)}: expected an input map [C,H,W], got the flat ${
        showShape(input)
      }; move this layer before flatten or globalAveragePool`,
    );
  }
}

function outputShape(layer: Layer, index: number, input: Shape): Shape {
  switch (layer.kind) {
    case "conv": {
      checkSize(layer, index, "out", layer.out);
      checkSize(layer, index, "kernel", layer.kernel);
      const padding = layer.padding ?? 0;
      checkSize(layer, index, "padding", padding, 0);
      checkMap(layer, index, input);
      const height = input[1] + 2 * padding, width = input[2] + 2 * padding;
      if (layer.kernel > Math.min(height, width)) {
        throw new RangeError(
          `${cannotBuild(layer, index)}: expected a kernel within the padded input ${
            showShape([input[0], height, width])
          }, got ${layer.kernel}×${layer.kernel}; use a smaller kernel, more padding or fewer pools`,
        );
      }
      return [layer.out, height - layer.kernel + 1, width - layer.kernel + 1];
    }
    case "maxPool": {
      checkSize(layer, index, "size", layer.size);
      checkMap(layer, index, input);
      if (layer.size > Math.min(input[1], input[2])) {
        throw new RangeError(
          `${cannotBuild(layer, index)}: expected a window within the input ${
            showShape(input)
          }, got ${layer.size}×${layer.size}; pool fewer times or by less`,
        );
      }
      // Rows and columns that do not fill a window are left out, as PyTorch does by default.
      return [input[0], Math.floor(input[1] / layer.size), Math.floor(input[2] / layer.size)];
    }
    case "dropout":
    case "channelDropout":
      if (!(layer.p >= 0 && layer.p < 1)) {
        throw new RangeError(
          `${cannotBuild(layer, index)}: expected "p" from 0 to below 1, got ${layer.p}`,
        );
      }
      if (layer.kind === "channelDropout") checkMap(layer, index, input);
      return input;
    case "flatten":
      checkMap(layer, index, input);
      return [product(input)];
    case "globalAveragePool":
      checkMap(layer, index, input);
      return [input[0]];
    case "linear":
      checkSize(layer, index, "out", layer.out);
      if (input.length !== 1) {
        throw new TypeError(
          `${cannotBuild(layer, index)}: expected a flat input [C], got the map ${
            showShape(input)
          }; put flatten or globalAveragePool before it`,
        );
      }
      return [layer.out];
    default: {
      // Unreachable for typed callers; an iteration may come from unchecked code.
      const unknown: never = layer;
      throw new TypeError(
        `Cannot build layer ${index + 1}: expected kind "conv", "maxPool", "dropout", "channelDropout", ` +
          `"flatten", "globalAveragePool" or "linear", got ${JSON.stringify(unknown)}`,
      );
    }
  }
}

/**
 * Shapes and tensors of a list of layers.
 *
 * Rules: `conv`, `maxPool`, `channelDropout`, `flatten` and `globalAveragePool` need a map [C,H,W]; `linear`
 * needs a flat [C], so `flatten` or `globalAveragePool` comes before it; `dropout` takes either.
 *
 * @throws {TypeError} If a layer meets the wrong kind of input.
 * @throws {RangeError} If a size or probability is out of range; both name the layer, counted from 1.
 */
export function describeNetwork(layers: readonly Layer[], input: Shape = IMAGE_SHAPE): Network {
  const shaped: ShapedLayer[] = [];
  const parameters: Omit<TensorSpec, "offset" | "length">[] = [];
  const statistics: Omit<TensorSpec, "offset" | "length">[] = [];
  let shape = input, convolutions = 0, linears = 0;
  layers.forEach((layer, layerIndex) => {
    const output = outputShape(layer, layerIndex, shape);
    if (layer.kind === "conv") {
      const conv = `conv${++convolutions}`, norm = `bn${convolutions}`, channels = [layer.out];
      const weight = [layer.out, shape[0], layer.kernel, layer.kernel];
      parameters.push(
        { name: `${conv}.weight`, role: "convWeight", shape: weight, layerIndex },
        { name: `${conv}.bias`, role: "convBias", shape: channels, layerIndex },
        { name: `${norm}.weight`, role: "normWeight", shape: channels, layerIndex },
        { name: `${norm}.bias`, role: "normBias", shape: channels, layerIndex },
      );
      statistics.push(
        { name: `${norm}.running_mean`, role: "runningMean", shape: channels, layerIndex },
        { name: `${norm}.running_var`, role: "runningVariance", shape: channels, layerIndex },
      );
    } else if (layer.kind === "linear") {
      const linear = ++linears === 1 ? "fc" : `fc${linears}`;
      parameters.push(
        { name: `${linear}.weight`, role: "linearWeight", shape: [layer.out, shape[0]], layerIndex },
        { name: `${linear}.bias`, role: "linearBias", shape: [layer.out], layerIndex },
      );
    }
    shaped.push({ layer, input: shape, output });
    shape = output;
  });
  let length = 0;
  const place = (spec: Omit<TensorSpec, "offset" | "length">): TensorSpec => {
    const placed = { ...spec, offset: length, length: product(spec.shape) };
    length += placed.length;
    return placed;
  };
  const placedParameters = parameters.map(place);
  const parameterCount = length;
  return { layers: shaped, tensors: [...placedParameters, ...statistics.map(place)], parameterCount, length };
}

/** Trainable parameters of a list of layers. */
export function countParameters(layers: readonly Layer[]): number {
  return describeNetwork(layers).parameterCount;
}

/**
 * Convolution; see `models/layers/conv.ts`. Nothing follows it by itself.
 *
 * @module
 */
import type { TensorSpec } from "../../../models/graph.ts";
import type { LayerOf } from "../../../models/layers/mod.ts";
import { type Shape, slide } from "../../../models/shape.ts";
import { type Convolution, convolutionKernel, inputGradientOf } from "../convolution.ts";
import { filterBlocks, filterGradientKernel } from "../filter_gradient.ts";
import type { Planning, Room, StoredValue } from "../operation.ts";
import type { Plan } from "../plan.ts";

/** A layer's convolution of an input [C,H,W]. */
export function convolutionOf(layer: LayerOf<"conv">, input: Shape): Convolution {
  const { out, kernel, stride, padding, dilation, groups } = layer, [inChannels, height, width] = input;
  const [outHeight, outWidth] = slide(input, { ...layer, size: kernel });
  return {
    inChannels,
    height,
    width,
    outChannels: out,
    outHeight,
    outWidth,
    kernel,
    stride,
    padding,
    dilation,
    groups,
    spread: 1,
  };
}

/** A convolution, or a layer that is one, with the places of what it reads and writes. */
export interface PlacedConvolution {
  readonly plan: Plan;
  readonly label: string;
  readonly shape: Convolution;
  readonly weight: TensorSpec;
  readonly bias: TensorSpec | undefined;
  readonly input: StoredValue;
  readonly output: StoredValue;
  readonly dInput: string | undefined;
  readonly dOutput: string;
}

/** Plans a convolution forward and back. */
export function planConvolution(convolution: PlacedConvolution): Planning {
  const { plan, label, shape, weight, bias, input, output, dInput, dOutput } = convolution, { lanes } = plan;
  const { forward, backward } = plan.packWeights(weight, shape, dInput !== undefined);
  const biasAt = bias && plan.packBias(bias, shape);
  const { parts } = filterBlocks(shape, lanes);
  const weightParts = plan.gradientParts(weight, parts), biasParts = bias && plan.gradientParts(bias, parts);
  return () => {
    const weights = { buffer: "packed", stride: plan.strides.packed };
    return {
      forward: [convolutionKernel({
        label,
        shape,
        lanes,
        input: input.buffer,
        output: output.buffer,
        weights: { ...weights, at: forward },
        biasAt,
      })],
      backward: [
        filterGradientKernel({
          label: `${label} filter gradient`,
          shape,
          lanes,
          input: input.buffer,
          dOutput,
          partial: { buffer: "partials", stride: plan.strides.partials, at: weightParts.at },
          biasPartialAt: biasParts?.at,
        }),
        ...(dInput === undefined || backward === undefined ? [] : [convolutionKernel({
          label: `${label} input gradient`,
          shape: inputGradientOf(shape),
          lanes,
          input: dOutput,
          output: dInput,
          weights: { ...weights, at: backward },
        })]),
      ],
    };
  };
}

export const conv: Room<"conv"> = {
  plan({ plan, label, operation, node: { tensors }, inputs: [input], output, dInputs: [dInput], dOutput }) {
    const shape = convolutionOf(operation, input.shape), { weight, bias } = tensors;
    return planConvolution({ plan, label, shape, weight, bias, input, output, dInput, dOutput: dOutput! });
  },
};

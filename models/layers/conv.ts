/**
 * Convolution, the meaning of PyTorch's `Conv2d`: nothing follows it by itself.
 *
 * y[k,i,j] = bias[k] + Σ(c,a,b) weight[k,c,a,b] · x[c, stride·i + dilation·a − padding, stride·j + dilation·b − padding]
 *
 * with c over the input channels of k's group. Weight `[out, C/groups, kernel, kernel]`, bias `[out]`.
 *
 * @module
 */
import { flag, optional, positiveInteger, wholeNumber } from "../fields.ts";
import { MisfitError, needMap, slide } from "../shape.ts";
import { layerKind } from "./layer_kind.ts";

export const conv = layerKind("conv", {
  fields: {
    out: positiveInteger,
    kernel: positiveInteger,
    stride: optional(positiveInteger, 1),
    padding: optional(wholeNumber, 0),
    dilation: optional(positiveInteger, 1),
    groups: optional(positiveInteger, 1),
    bias: optional(flag, true),
  },
  output(layer, input) {
    needMap(input);
    if (input[0] % layer.groups !== 0 || layer.out % layer.groups !== 0) {
      throw new MisfitError(
        `"groups" to divide the ${input[0]} channels that enter and the ${layer.out} that leave`,
        `${layer.groups} does not`,
      );
    }
    return [layer.out, ...slide(input, { ...layer, size: layer.kernel })];
  },
  tensors(layer, input) {
    const { out, kernel, groups } = layer, area = kernel * kernel;
    const start = { kind: "uniform", fanIn: input[0] / groups * area, fanOut: out * area } as const;
    const weight = {
      name: "weight",
      group: "kernel",
      shape: [out, input[0] / groups, kernel, kernel],
      start,
    } as const;
    return layer.bias ? [weight, { name: "bias", group: "bias", shape: [out], start }] : [weight];
  },
  multiplyAdds: (layer, input, output) =>
    output[0] * output[1] * output[2] * input[0] / layer.groups * layer.kernel * layer.kernel,
  window: (layer) => ({ ...layer, size: layer.kernel }),
  // at an edge that is padded with zeros, part of a sum is missing
  channelShift: ({ padding }) => padding === 0 ? "kept" : "changed",
});

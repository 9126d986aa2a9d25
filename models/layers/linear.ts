/**
 * Every output from every input, the meaning of PyTorch's `Linear`: y[k] = bias[k] + Σ(c) weight[k,c] · x[c].
 *
 * @module
 */
import { flag, optional, positiveInteger } from "../fields.ts";
import { MisfitError } from "../shape.ts";
import { layerKind } from "./layer_kind.ts";

export const linear = layerKind("linear", {
  fields: { out: positiveInteger, bias: optional(flag, true) },
  output(layer, input) {
    if (input.length !== 1) {
      throw new MisfitError("a flat input [C]", 'put "flatten" or a global pool in front of it');
    }
    return [layer.out];
  },
  tensors(layer, [inputs]) {
    const start = { kind: "uniform", fanIn: inputs, fanOut: layer.out } as const;
    const weight = { name: "weight", group: "kernel", shape: [layer.out, inputs], start } as const;
    return layer.bias ? [weight, { name: "bias", group: "bias", shape: [layer.out], start }] : [weight];
  },
  multiplyAdds: (layer, [inputs]) => inputs * layer.out,
  // it looks at every place there is
  window: () => ({ size: Infinity, stride: 1, padding: 0, dilation: 1 }),
  channelShift: () => "kept",
});

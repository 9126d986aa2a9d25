/**
 * Convolution: `Conv`, `Conv2d`.
 *
 * @module
 */
import { keywords, type LayerForms, present, pythonFlag } from "../layer_forms.ts";

export const conv: LayerForms<"conv"> = {
  onnx({ kernel, stride, padding, dilation, groups }, scope) {
    return scope.add("Conv", [scope.inputs[0], ...present(scope, "weight", "bias")], {
      kernel_shape: { integers: [kernel, kernel] },
      strides: { integers: [stride, stride] },
      pads: { integers: [padding, padding, padding, padding] },
      dilations: { integers: [dilation, dilation] },
      group: { integer: groups },
    });
  },
  pytorch({ out, kernel, stride, padding, dilation, groups, bias }, { input: [channels] }) {
    const options = keywords({
      stride: [stride, 1],
      padding: [padding, 0],
      dilation: [dilation, 1],
      groups: [groups, 1],
    });
    return {
      module: `nn.Conv2d(${channels}, ${out}, ${kernel}${options}${
        bias ? "" : `, bias=${pythonFlag(false)}`
      })`,
    };
  },
};

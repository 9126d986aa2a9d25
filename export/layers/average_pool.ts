/**
 * `AveragePool`, `AvgPool2d`: both leave out windows that do not fit.
 *
 * @module
 */
import { keywords, type LayerForms } from "../layer_forms.ts";

export const averagePool: LayerForms<"averagePool"> = {
  onnx: ({ size, stride }, scope) =>
    scope.add("AveragePool", scope.inputs, {
      kernel_shape: { integers: [size, size] },
      strides: { integers: [stride, stride] },
    }),
  pytorch: ({ size, stride }) => ({ module: `nn.AvgPool2d(${size}${keywords({ stride: [stride, size] })})` }),
};

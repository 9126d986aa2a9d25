/**
 * `MaxPool`, `MaxPool2d`: both leave out windows that do not fit.
 *
 * @module
 */
import { keywords, type LayerForms } from "../layer_forms.ts";

export const maxPool: LayerForms<"maxPool"> = {
  onnx: ({ size, stride, padding }, scope) =>
    scope.add("MaxPool", scope.inputs, {
      kernel_shape: { integers: [size, size] },
      strides: { integers: [stride, stride] },
      pads: { integers: [padding, padding, padding, padding] },
    }),
  pytorch: ({ size, stride, padding }) => ({
    module: `nn.MaxPool2d(${size}${keywords({ stride: [stride, size], padding: [padding, 0] })})`,
  }),
};

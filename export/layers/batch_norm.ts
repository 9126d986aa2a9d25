/**
 * Batch norm: `BatchNormalization`, `BatchNorm2d` or `BatchNorm1d`.
 *
 * @module
 */
import { isMap } from "../../models/shape.ts";
import { keywords, type LayerForms, type OnnxScope, present, type Shapes } from "../layer_forms.ts";

/** Of batch norm in evaluation, whatever its batches were in training. */
export const addBatchNorm = ({ epsilon }: { readonly epsilon: number }, scope: OnnxScope): string =>
  scope.add(
    "BatchNormalization",
    [scope.inputs[0], ...present(scope, "weight", "bias", "running_mean", "running_var")],
    { epsilon: { float: epsilon } },
  );

/** `BatchNorm2d` of a map, `BatchNorm1d` of a vector. */
export function batchNormModule(
  { epsilon, momentum }: { readonly epsilon: number; readonly momentum: number },
  { input }: Shapes,
): string {
  const options = keywords({ eps: [epsilon, 1e-5], momentum: [momentum, 0.1] });
  return `nn.BatchNorm${isMap(input) ? 2 : 1}d(${input[0]}${options})`;
}

export const batchNorm: LayerForms<"batchNorm"> = {
  onnx: addBatchNorm,
  pytorch: (layer, shapes) => ({ module: batchNormModule(layer, shapes) }),
};

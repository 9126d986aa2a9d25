/**
 * In evaluation the same as batch norm, so that is what both formats have: PyTorch lacks the parts of a batch.
 *
 * @module
 */
import type { LayerForms } from "../layer_forms.ts";
import { addBatchNorm, batchNormModule } from "./batch_norm.ts";

export const ghostBatchNorm: LayerForms<"ghostBatchNorm"> = {
  onnx: addBatchNorm,
  pytorch: (layer, shapes) => ({ module: batchNormModule(layer, shapes) }),
};

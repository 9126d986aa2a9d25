/**
 * x where it is above 0, else slope · x.
 *
 * @module
 */
import { finite, optional } from "../fields.ts";
import { keepsShape, layerKind } from "./layer_kind.ts";

export const leakyRelu = layerKind("leakyRelu", {
  fields: { slope: optional(finite, 0.01) },
  output: keepsShape,
});

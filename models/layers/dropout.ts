/**
 * In training, each element is 0 with probability p and divided by 1 − p otherwise; nothing in evaluation.
 *
 * @module
 */
import { belowOne } from "../fields.ts";
import { keepsShape, layerKind } from "./layer_kind.ts";

export const dropout = layerKind("dropout", {
  fields: { p: belowOne },
  output: keepsShape,
  random: true,
});

/**
 * max(x, 0).
 *
 * @module
 */
import { keepsShape, layerKind } from "./layer_kind.ts";

export const relu = layerKind("relu", { fields: {}, output: keepsShape });

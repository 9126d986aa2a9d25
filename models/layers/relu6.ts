/**
 * min(max(x, 0), 6).
 *
 * @module
 */
import { keepsShape, layerKind } from "./layer_kind.ts";

export const relu6 = layerKind("relu6", { fields: {}, output: keepsShape });

/**
 * x · min(max(x + 3, 0), 6) / 6.
 *
 * @module
 */
import { keepsShape, layerKind } from "./layer_kind.ts";

export const hardSwish = layerKind("hardSwish", { fields: {}, output: keepsShape });

/**
 * 1 / (1 + e⁻ˣ).
 *
 * @module
 */
import { keepsShape, layerKind } from "./layer_kind.ts";

export const sigmoid = layerKind("sigmoid", { fields: {}, output: keepsShape });

/**
 * x / (1 + e⁻ˣ), also called swish.
 *
 * @module
 */
import { keepsShape, layerKind } from "./layer_kind.ts";

export const silu = layerKind("silu", { fields: {}, output: keepsShape });

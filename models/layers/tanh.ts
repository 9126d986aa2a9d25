/**
 * Hyperbolic tangent, (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ).
 *
 * @module
 */
import { keepsShape, layerKind } from "./layer_kind.ts";

export const tanh = layerKind("tanh", { fields: {}, output: keepsShape });

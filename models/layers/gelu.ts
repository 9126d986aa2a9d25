/**
 * x · Φ(x), with the normal distribution Φ by the error function; PyTorch's `GELU` without approximation.
 *
 * @module
 */
import { keepsShape, layerKind } from "./layer_kind.ts";

export const gelu = layerKind("gelu", { fields: {}, output: keepsShape });

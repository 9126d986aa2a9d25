/**
 * What there is to say about an augmentation's pixels: torchvision's meaning on Pillow's images.
 *
 * Pixels come from whole numbers and from float64 + − × ÷ √ with the project's own functions, so they are the same
 * everywhere.
 *
 * @module
 */
import type { AugmentationName, AugmentationOf } from "../../models/recipe/augmentations/mod.ts";
import type { Draws } from "./draws.ts";

/** One random change of an image, drawing and pixels apart. */
export interface AugmentationPixels<K extends AugmentationName> {
  /**
   * Draws of its own, 0 … drawCount − 1 (which of them are looked at may depend on their values). The one behind them
   * decides whether the operation is applied, where its p is below 1.
   */
  readonly drawCount: number;
  /** Numbers that say what happens to an image: what `draw` writes and `apply` reads. */
  readonly drawnLength: number;
  draw(operation: AugmentationOf<K>, draws: Draws, drawn: Float64Array): void;
  /** Writes the changed image to `out`; `image` and `out`, uint8 [28,28], are disjoint. */
  apply(operation: AugmentationOf<K>, drawn: Float64Array, image: Uint8Array, out: Uint8Array): void;
}

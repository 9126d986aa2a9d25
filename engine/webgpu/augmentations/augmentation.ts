/**
 * How the device makes an augmentation's pixels: the integer arithmetic of `engine/augmentations/`, in WGSL.
 *
 * @module
 */
import type { AugmentationName, AugmentationOf } from "../../../models/recipe/augmentations/mod.ts";

/** What WGSL of an operation is written from. */
export interface AugmentationPlace {
  /** WGSL of number `index` that the host has drawn for the example, an i32. */
  readonly drawn: (index: number) => string;
  /** WGSL of pixel (x, y) before the operation. */
  readonly before: (x: string, y: string) => string;
  /** WGSL of number `index` (WGSL) of the operation's table, an i32. */
  readonly table: (index: string) => string;
}

/** An augmentation whose pixels the device can make. */
export interface DeviceAugmentation<K extends AugmentationName> {
  /** Whether these options are among those that it can. */
  accepts(operation: AugmentationOf<K>): boolean;
  /** i32 that it looks up. */
  table(operation: AugmentationOf<K>): readonly number[];
  /** WGSL statements that return pixel (x, y) behind the operation. */
  code(operation: AugmentationOf<K>, place: AugmentationPlace): string;
}

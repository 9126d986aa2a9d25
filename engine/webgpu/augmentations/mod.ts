/**
 * Where each augmentation's pixels are made: on the device if this table names it, else on the host by the code that
 * all engines share. That is for speed alone: the pixels are the same.
 *
 * One operation that the device cannot make takes the whole recipe's pixels to the host, since they build on each other.
 *
 * @module
 */
import type { AugmentationName, CompletedAugmentation } from "../../../models/recipe/augmentations/mod.ts";
import { augmentationPixels } from "../../augmentations/mod.ts";
import type { AugmentationPlace, DeviceAugmentation } from "./augmentation.ts";
import { centerCropResize } from "./center_crop_resize.ts";
import { rotate } from "./rotate.ts";
import { translate } from "./translate.ts";

const ON_DEVICE: { readonly [K in AugmentationName]?: DeviceAugmentation<K> } = {
  rotate,
  translate,
  centerCropResize,
};

function deviceAugmentation(
  { kind }: CompletedAugmentation,
): DeviceAugmentation<AugmentationName> | undefined {
  return ON_DEVICE[kind] as DeviceAugmentation<AugmentationName> | undefined;
}

/** Whether the device makes all pixels of a recipe. */
export function isOnDevice(augmentation: readonly CompletedAugmentation[]): boolean {
  return augmentation.every((operation) => deviceAugmentation(operation)?.accepts(operation) ?? false);
}

/** An operation that the device makes, in the words that the host draws for it and the table that it looks up. */
export interface PlacedAugmentation {
  /** Words of an example: whether it is applied, unless it always is, then what is drawn. */
  readonly words: number;
  readonly table: readonly number[];
  /** WGSL statements that return pixel (x, y) behind the operation; `word` is WGSL of one of the words. */
  code(place: { readonly word: (index: number) => string } & Omit<AugmentationPlace, "drawn">): string;
}

/** Places an operation of a recipe whose pixels the device makes. */
export function placeAugmentation(operation: CompletedAugmentation): PlacedAugmentation {
  const device = deviceAugmentation(operation);
  if (device === undefined) {
    throw new TypeError(
      `Cannot make pixels on a GPU: expected an operation that it knows, got "${operation.kind}"`,
    );
  }
  const { drawnLength } = augmentationPixels(operation), first = operation.p < 1 ? 1 : 0;
  return {
    words: first + drawnLength,
    table: device.table(operation),
    code({ word, before, table }) {
      const drawn = (index: number) => word(first + index);
      const skip = first === 0 ? "" : `if (${word(0)} == 0) { return ${before("x", "y")}; }\n  `;
      return skip + device.code(operation, { drawn, before, table });
    },
  };
}

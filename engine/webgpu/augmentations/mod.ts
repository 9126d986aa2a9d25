/**
 * Where each augmentation's pixels are made: on the device, or on the host by the code that all engines share. An
 * augmentation that this table does not name does not compile.
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

const PLACES = {
  rotate,
  translate,
  centerCropResize,
  affine: "host",
  randomCrop: "host",
  resizedCrop: "host",
  erase: "host",
  colorJitter: "host",
  perspective: "host",
  elastic: "host",
} satisfies { [K in AugmentationName]: DeviceAugmentation<K> | "host" };

function deviceAugmentation({ kind }: CompletedAugmentation): DeviceAugmentation<AugmentationName> | "host" {
  return PLACES[kind] as DeviceAugmentation<AugmentationName> | "host";
}

/** Whether the device makes all pixels of a recipe. */
export function isOnDevice(augmentation: readonly CompletedAugmentation[]): boolean {
  return augmentation.every((operation) => {
    const device = deviceAugmentation(operation);
    return device !== "host" && device.accepts(operation);
  });
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
  if (device === "host") {
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

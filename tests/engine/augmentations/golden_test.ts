import { equal, ok } from "node:assert/strict";
import { writeAffine } from "../../../engine/augmentations/affine.ts";
import { centerCropResize } from "../../../engine/augmentations/center_crop_resize.ts";
import { changeBrightness, changeContrast } from "../../../engine/augmentations/color_jitter.ts";
import { AUGMENTATION_PIXELS, augmentationPixels, PIXELS } from "../../../engine/augmentations/mod.ts";
import { writeRotation } from "../../../engine/augmentations/rotate.ts";
import { completeKind } from "../../../models/kinds.ts";
import { type Augmentation, AUGMENTATIONS } from "../../../models/recipe/augmentations/mod.ts";
import { GoldenFile } from "../../golden_file.ts";

/** How far an image may be from torchvision's. */
interface Bound {
  /** Levels by which any pixel may differ. */
  readonly levels: number;
  /** Pixels per image that may differ by more. */
  readonly pixels: number;
}

const EXACT: Bound = { levels: 0, pixels: 0 };
/** Pillow blends in float32, and a compiler may fuse. */
const BLENDED: Bound = { levels: 1, pixels: 0 };
/** A place that lies on the line between two pixels may fall to either side. */
const NEAREST: Bound = { levels: 0, pixels: 4 };
/** The weights have 11 bits, and a place at the border may fall outside. */
const BILINEAR: Bound = { levels: 1, pixels: 4 };

const imageOf = (all: Uint8Array, index: number): Uint8Array =>
  all.subarray(index * PIXELS, (index + 1) * PIXELS);

/** Compares what `change` makes of each image of a golden file with what torchvision makes of it. */
function compare(
  golden: GoldenFile,
  expectedName: string,
  { levels, pixels }: Bound,
  change: (image: Uint8Array, index: number, out: Uint8Array) => void,
): void {
  const images = golden.u8("images"), expected = golden.u8(expectedName);
  equal(expected.length, images.length);
  const out = new Uint8Array(PIXELS);
  for (let index = 0; index < images.length / PIXELS; index++) {
    change(imageOf(images, index), index, out);
    const wanted = imageOf(expected, index);
    const differing = out.filter((value, i) => Math.abs(value - wanted[i]) > levels).length;
    ok(differing <= pixels, `image ${index}: ${differing} pixels are more than ${levels} levels off`);
  }
}

/** The same for an operation, from the numbers that it drew. */
function compareOperation(
  golden: GoldenFile,
  expectedName: string,
  bound: Bound,
  given: Augmentation,
  draw: (index: number, drawn: Float64Array) => void,
): void {
  const operation = completeKind(AUGMENTATIONS, given), pixels = augmentationPixels(operation);
  const drawn = new Float64Array(pixels.drawnLength);
  compare(golden, expectedName, bound, (image, index, out) => {
    draw(index, drawn);
    pixels.apply(operation, drawn, image, out);
  });
}

const networks = new GoldenFile("networks/augmentation");
const degrees = networks.f32("degrees");

/** Copies an image's integers from a tensor of the golden file. */
const copyFrom = (name: string) => (index: number, drawn: Float64Array): void => {
  const all = networks.i32(name);
  drawn.set(all.subarray(index * drawn.length, (index + 1) * drawn.length));
};

Deno.test("golden: rotate makes torchvision's pixels", () => {
  const turn = (index: number, drawn: Float64Array) => writeRotation(degrees[index], drawn);
  compareOperation(networks, "rotate_fill/images", NEAREST, { kind: "rotate", degrees: 180, fill: 33 }, turn);
  compareOperation(networks, "rotate_bilinear/images", BILINEAR, {
    kind: "rotate",
    degrees: 180,
    interpolation: "bilinear",
  }, turn);
});

Deno.test("golden: affine makes torchvision's pixels", () => {
  const translate = networks.i32("translate"), scale = networks.f32("scale"), shear = networks.f32("shear");
  const change = (index: number, drawn: Float64Array) =>
    writeAffine({
      degrees: degrees[index],
      right: translate[2 * index],
      down: translate[2 * index + 1],
      scale: scale[index],
      shear: shear[index],
    }, drawn);
  const operation = { kind: "affine", degrees: 180, fill: 1 } as const;
  compareOperation(networks, "affine/images", NEAREST, operation, change);
  compareOperation(networks, "affine_bilinear/images", BILINEAR, {
    ...operation,
    interpolation: "bilinear",
  }, change);
});

Deno.test("golden: colorJitter makes torchvision's brightness and contrast", () => {
  const factor = networks.f32("factor");
  compare(
    networks,
    "brightness/images",
    BLENDED,
    (image, index, out) => changeBrightness(image, factor[index], out),
  );
  compare(
    networks,
    "contrast/images",
    BLENDED,
    (image, index, out) => changeContrast(image, factor[index], out),
  );
});

Deno.test("golden: erase makes torchvision's pixels", () => {
  compareOperation(networks, "erase/images", EXACT, { kind: "erase" }, copyFrom("box"));
});

Deno.test("golden: randomCrop makes torchvision's pixels", () => {
  const operation = { kind: "randomCrop", padding: 2 } as const;
  compareOperation(networks, "crop_padding2/images", EXACT, operation, copyFrom("corner"));
});

Deno.test("golden: resizedCrop makes torchvision's pixels", () => {
  compareOperation(
    networks,
    "resized_crop/images",
    BILINEAR,
    { kind: "resizedCrop" },
    copyFrom("resized_box"),
  );
});

Deno.test("golden: perspective makes torchvision's pixels", () => {
  const operation = { kind: "perspective", distortion: 0.5 } as const;
  compareOperation(networks, "perspective/images", BILINEAR, operation, copyFrom("corners"));
});

Deno.test("golden: today's networks' augmentations make Pillow's pixels", () => {
  const golden = new GoldenFile("augmentation");
  const ownDegrees = golden.f32("rotate/degrees"), xy = golden.i32("translate/xy");
  compareOperation(golden, "rotate/images", NEAREST, { kind: "rotate", degrees: 180 }, (index, drawn) => {
    writeRotation(ownDegrees[index], drawn);
  });
  compareOperation(golden, "translate/images", EXACT, { kind: "translate", fraction: 1 }, (index, drawn) => {
    drawn.set(xy.subarray(2 * index, 2 * index + 2));
  });
  const crop = completeKind(AUGMENTATIONS, { kind: "centerCropResize", size: 22 });
  ok(crop.kind === "centerCropResize");
  equal(AUGMENTATION_PIXELS.centerCropResize, centerCropResize);
  compare(golden, "center_crop22_resize28/images", BLENDED, (image, _, out) => {
    centerCropResize.apply(crop, new Float64Array(0), image, out);
  });
});

import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import { augment, drawAugmentation } from "../../engine/augmentation.ts";
import { AUGMENTATION_PIXELS, PIXELS } from "../../engine/augmentations/mod.ts";
import { sha256Hex } from "../../engine/digest.ts";
import { completeTraining, type Training } from "../../models/iteration.ts";
import { baseline } from "../../models/iterations/01_baseline.ts";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";
import { completeKind } from "../../models/kinds.ts";
import {
  type Augmentation,
  AUGMENTATIONS,
  type CompletedAugmentation,
} from "../../models/recipe/augmentations/mod.ts";
import { GoldenFile } from "../golden_file.ts";

const golden = new GoldenFile("augmentation");
const images = golden.u8("images");
const count = images.length / PIXELS;

const imageOf = (all: Uint8Array, index: number): Uint8Array =>
  all.subarray(index * PIXELS, (index + 1) * PIXELS);

const completed = (...operations: readonly Augmentation[]): CompletedAugmentation[] =>
  operations.map((operation) => completeKind(AUGMENTATIONS, operation));

const ofTraining = (training: Training): readonly CompletedAugmentation[] =>
  completeTraining(training).augmentation;

/** One of each kind, none of which leaves a picture of all values as it is. */
const EACH: readonly CompletedAugmentation[] = completed(
  { kind: "rotate", degrees: 40, fill: 3 },
  { kind: "translate", fraction: 0.4 },
  { kind: "affine", degrees: 20, translate: 0.2, scale: [0.7, 1.4], shear: 30, interpolation: "bilinear" },
  { kind: "centerCropResize", size: 20 },
  { kind: "randomCrop", padding: 9 },
  { kind: "resizedCrop", scale: [0.2, 0.5] },
  { kind: "erase", value: 200 },
  { kind: "colorJitter", brightness: 0.5, contrast: 0.5 },
  { kind: "perspective", distortion: 0.9 },
  { kind: "elastic", alpha: 60, sigma: 3 },
);

Deno.test("every kind of augmentation is tried here", () => {
  deepEqual(EACH.map(({ kind }) => kind).sort(), Object.keys(AUGMENTATIONS).sort());
});

function digestOfAugmented(operations: readonly CompletedAugmentation[]): string {
  const out = new Uint8Array(images.length);
  for (let i = 0; i < count; i++) {
    augment(imageOf(images, i), imageOf(out, i), operations, 3, 2, 1000 + i);
  }
  return sha256Hex(out);
}

// Each recipe applied by Pillow 12.3 (rotate, transform, crop, resize), with the draws of seed 3, epoch 2 and
// examples 1000 and following from an implementation of Philox in Python.
Deno.test("augment() makes the pixels of Pillow with the same draws", () => {
  equal(
    digestOfAugmented(ofTraining(baseline.training)),
    "478a41c0b72eff68438145c2f0142224eb6457b3909db110073f6648d024a917",
  );
  equal(
    digestOfAugmented(ofTraining(oneCycle.training)),
    "189d1c3e9427085664be78a11a7b2f7a1859fd1d8f7ae381e3e4306ee5955de1",
  );
  equal(
    digestOfAugmented(completed(
      { kind: "translate", fraction: 0.3 },
      { kind: "centerCropResize", p: 0.7, size: 19 },
      { kind: "rotate", degrees: 180 },
    )),
    "7f90e7ebf961048b45b94f1c4a0303045761785dbabe74150d66b2afb507e742",
  );
});

Deno.test("augment() in place equals augment() to another array", () => {
  for (const operations of [ofTraining(oneCycle.training), EACH, []]) {
    const out = new Uint8Array(PIXELS), inPlace = Uint8Array.from(imageOf(images, 2));
    augment(imageOf(images, 2), out, operations, 0, 1, 7);
    augment(inPlace, inPlace, operations, 0, 1, 7);
    deepEqual(inPlace, out);
  }
  const out = new Uint8Array(PIXELS);
  augment(imageOf(images, 2), out, [], 0, 1, 7);
  deepEqual(out, imageOf(images, 2));
});

Deno.test("augment() is a pure function of seed, epoch, example and place in the recipe", () => {
  const image = imageOf(images, 4);
  const made = (
    operations: readonly CompletedAugmentation[],
    seed: number,
    epoch: number,
    example: number,
  ) => {
    const out = new Uint8Array(PIXELS);
    augment(image, out, operations, seed, epoch, example);
    return out;
  };
  const before = made(EACH, 1, 1, 1);
  for (const [seed, epoch, example] of [[2, 1, 1], [1, 2, 1], [1, 1, 2]]) {
    notDeepEqual(made(EACH, seed, epoch, example), before);
  }
  deepEqual(made(EACH, 1, 1, 1), before);
  for (const operation of EACH) {
    if (operation.kind === "centerCropResize") continue; // draws nothing
    // an operation that is never applied moves the next one to another place
    const [never] = completed({ kind: "translate", fraction: 0.5, p: 0 });
    notDeepEqual(made([operation], 1, 1, 1), made([never, operation], 1, 1, 1), operation.kind);
  }
});

Deno.test("augment() does not let an operation behind change what those before it do", () => {
  // draws belong to places: the image after the first is what the second starts from
  const first = completed({ kind: "affine", degrees: 30, scale: [0.5, 2] }), image = imageOf(images, 5);
  const after = new Uint8Array(PIXELS), both = new Uint8Array(PIXELS), stepwise = new Uint8Array(PIXELS);
  const [erase] = completed({ kind: "erase" });
  augment(image, after, first, 9, 3, 11);
  augment(image, both, [...first, erase], 9, 3, 11);
  const drawn = new Float64Array(AUGMENTATION_PIXELS.erase.drawnLength);
  equal(drawAugmentation(erase, { seed: 9, epoch: 3, exampleIndex: 11, ordinal: 1 }, drawn), true);
  ok(erase.kind === "erase");
  AUGMENTATION_PIXELS.erase.apply(erase, drawn, after, stepwise);
  deepEqual(both, stepwise);
});

for (const operation of EACH) {
  Deno.test(`augment() applies "${operation.kind}" with its probability, by the draw behind its own`, () => {
    const trials = operation.kind === "elastic" ? 300 : 3000, p = 0.3;
    const drawn = new Float64Array(AUGMENTATION_PIXELS[operation.kind].drawnLength);
    const always = new Float64Array(drawn.length);
    let applied = 0;
    for (let exampleIndex = 0; exampleIndex < trials; exampleIndex++) {
      const position = { seed: 5, epoch: 1, exampleIndex, ordinal: 2 };
      if (!drawAugmentation({ ...operation, p }, position, drawn)) continue;
      applied++;
      // how it is applied does not depend on p
      equal(drawAugmentation(operation, position, always), true);
      deepEqual(drawn, always);
    }
    const deviation = Math.sqrt(p * (1 - p) / trials);
    ok(Math.abs(applied / trials - p) < 4 * deviation, `${applied} of ${trials}`);
    equal(
      drawAugmentation({ ...operation, p: 0 }, { seed: 5, epoch: 1, exampleIndex: 0, ordinal: 2 }, drawn),
      false,
    );
  });
}

Deno.test("augment() draws translations with torchvision's shares", () => {
  // A single bright pixel in the middle shows where the image went.
  const image = new Uint8Array(PIXELS), out = new Uint8Array(PIXELS);
  image[14 * 28 + 14] = 255;
  const shares = new Map<number, number>();
  const trials = 10_000, operations = completed({ kind: "translate", fraction: 0.05 });
  for (let i = 0; i < trials; i++) {
    augment(image, out, operations, 1, 1, i);
    const x = out.indexOf(255) % 28 - 14;
    shares.set(x, (shares.get(x) ?? 0) + 1 / trials);
  }
  // U(−1.4, 1.4) rounds to 0 with 1/2.8 and to ±1 with 0.9/2.8; four standard deviations are 0.02.
  deepEqual([...shares.keys()].sort((a, b) => a - b), [-1, 0, 1]);
  for (const [x, share] of [[-1, 0.9 / 2.8], [0, 1 / 2.8], [1, 0.9 / 2.8]]) {
    equal(Math.abs(shares.get(x)! - share) < 0.02, true, `${x}: ${shares.get(x)}`);
  }
});

/**
 * A digit set that the project draws itself, in the shape of MNIST, for machines with no network and for tests.
 *
 * Each image is strokes (`glyphs.ts`) with shaken points, bent by a smooth random displacement (elastic distortion),
 * then scaled, sheared and rotated, centred on its ink and drawn with a round pen of random width. It is a pure
 * function of (seed, training or test, index): a smaller set is the beginning of a larger one. Philox words, + − × ÷
 * and √ in f64 alone, so its bytes are the same on every machine.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { philox4x32 } from "../random/philox.ts";
import { GLYPHS, type Stroke } from "./glyphs.ts";
import { encodeIdx, IMAGE_PIXELS, IMAGE_SIZE } from "./idx.ts";
import { type Dataset, IDX_FILES, type LabelledImages } from "./types.ts";

/** What to draw. */
export interface DrawOptions {
  /** uint32 (default 0). */
  readonly drawSeed?: number;
  /** Images in the training set (default 60,000, as in MNIST). */
  readonly trainCount?: number;
  /** Images in the test set (default 10,000, as in MNIST). */
  readonly testCount?: number;
}

/** Second half of the generator's key: keeps these draws apart from those of the engines. */
const DRAWING_KEY = 0x64726177; // "draw"

const POINT_SHAKE = 0.055; // standard deviation, of the unit box
const BEND = 0.085; // standard deviation of the displacement at a grid node, of the unit box
const BEND_NODES = 4; // per side; the grid covers the box and a quarter of it on each side
const CURVE_PIECES = 4; // straight pieces between two points of a stroke

/**
 * Draws a training and a test set of digits with random labels.
 *
 * @throws {RangeError} If the seed is no uint32 or a count is no positive integer.
 */
export function drawDataset(options: DrawOptions = {}): Dataset {
  const { drawSeed = 0, trainCount = 60_000, testCount = 10_000 } = options;
  const train = drawImages({ seed: drawSeed, part: 0, count: trainCount });
  const test = drawImages({ seed: drawSeed, part: 1, count: testCount });
  return {
    name: "synthetic",
    train,
    test,
    digests: {
      [IDX_FILES.trainImages]: digestOfImages(train),
      [IDX_FILES.trainLabels]: digestOfLabels(train),
      [IDX_FILES.testImages]: digestOfImages(test),
      [IDX_FILES.testLabels]: digestOfLabels(test),
    },
    source: `drawn from seed ${drawSeed}`,
  };
}

function drawImages(
  { seed, part, count }: { readonly seed: number; readonly part: number; readonly count: number },
): LabelledImages {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new RangeError(`Cannot draw digits: expected a uint32 seed, got ${seed}; pass 0 to 4294967295`);
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Cannot draw digits: expected a positive count, got ${count}; pass a whole number`);
  }
  const images = new Uint8Array(count * IMAGE_PIXELS);
  const labels = new Uint8Array(count);
  const random = new ImageRandom(seed, part);
  const pen = new Pen();
  for (let index = 0; index < count; index++) {
    random.start(index);
    const digit = random.below(GLYPHS.length);
    labels[index] = digit;
    writeDigit(digit, random, pen);
    pen.ink(images.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS));
  }
  return { images, labels };
}

function digestOfImages({ images, labels }: LabelledImages): string {
  return sha256(encodeIdx(images, [labels.length, IMAGE_SIZE, IMAGE_SIZE]));
}

function digestOfLabels({ labels }: LabelledImages): string {
  return sha256(encodeIdx(labels, [labels.length]));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The random numbers of one image after another, each image from its own counters. */
class ImageRandom {
  readonly #seed: number;
  readonly #part: number;
  readonly #words = new Uint32Array(4);
  #index = 0;
  #drawn = 0;

  constructor(seed: number, part: number) {
    this.#seed = seed;
    this.#part = part;
  }

  start(index: number): void {
    this.#index = index;
    this.#drawn = 0;
  }

  #word(): number {
    const position = this.#drawn & 3;
    if (position === 0) {
      philox4x32(this.#drawn >>> 2, this.#index, this.#part, 0, this.#seed, DRAWING_KEY, this.#words);
    }
    this.#drawn++;
    return this.#words[position];
  }

  /** In [low, high), of 24 random bits. */
  between(low: number, high: number): number {
    return low + (high - low) * ((this.#word() >>> 8) / 0x1000000);
  }

  /** Integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.between(0, bound));
  }

  /** Mean 0, standard deviation 1, within ±3: the sum of three uniform numbers, a bell without a logarithm. */
  bell(): number {
    return 2 * (this.between(0, 1) + this.between(0, 1) + this.between(0, 1) - 1.5);
  }
}

/** Chooses a way to write `digit`, distorts it and draws it. */
function writeDigit(digit: number, random: ImageRandom, pen: Pen): void {
  const glyph = GLYPHS[digit][random.below(GLYPHS[digit].length)];
  const height = random.between(16, 21); // pixels
  const width = height * random.between(0.5, 1);
  const slant = 0.15 + 0.25 * random.bell(); // people lean to the right
  const turn = 0.15 * random.bell(); // tangent of the angle
  const cosine = 1 / Math.sqrt(1 + turn * turn), sine = turn * cosine;
  const bend = new Bend(random);
  const curves = glyph.map((stroke) => {
    const points = curveThrough(shake(stroke, random));
    for (let at = 0; at < points.length; at += 2) {
      const u = points[at] + bend.right(points[at], points[at + 1]) - 0.5;
      const v = points[at + 1] + bend.down(points[at], points[at + 1]) - 0.5;
      const x = u * width - slant * v * height, y = v * height;
      points[at] = cosine * x - sine * y;
      points[at + 1] = sine * x + cosine * y;
    }
    return points;
  });
  const [inkX, inkY] = centreOf(curves);
  const middle = (IMAGE_SIZE - 1) / 2;
  const left = middle - inkX + random.between(-1, 1), top = middle - inkY + random.between(-1, 1);
  pen.start(random.between(0.7, 1.9), random.between(0.9, 1.6));
  for (const curve of curves) {
    for (let at = 2; at < curve.length; at += 2) {
      pen.line(curve[at - 2] + left, curve[at - 1] + top, curve[at] + left, curve[at + 1] + top);
    }
  }
}

/** A copy of the stroke with every point moved a little; a corner's two points stay together. */
function shake(stroke: Stroke, random: ImageRandom): Float64Array {
  const points = new Float64Array(stroke.length);
  for (let at = 0; at < stroke.length; at += 2) {
    const isCorner = at > 0 && stroke[at] === stroke[at - 2] && stroke[at + 1] === stroke[at - 1];
    points[at] = isCorner ? points[at - 2] : stroke[at] + POINT_SHAKE * random.bell();
    points[at + 1] = isCorner ? points[at - 1] : stroke[at + 1] + POINT_SHAKE * random.bell();
  }
  return points;
}

/** Points on the Catmull-Rom spline through `points`, `CURVE_PIECES` to a segment. */
function curveThrough(points: Float64Array): Float64Array {
  const count = points.length / 2;
  const curve = new Float64Array(2 * ((count - 1) * CURVE_PIECES + 1));
  let to = 0;
  for (let segment = 0; segment < count - 1; segment++) {
    const before = 2 * Math.max(0, segment - 1), from = 2 * segment;
    const next = from + 2, after = 2 * Math.min(count - 1, segment + 2);
    for (let piece = 0; piece < CURVE_PIECES; piece++) {
      const t = piece / CURVE_PIECES;
      const wBefore = t * (t * (2 - t) - 1), wFrom = t * t * (3 * t - 5) + 2;
      const wNext = t * (t * (4 - 3 * t) + 1), wAfter = t * t * (t - 1);
      for (let axis = 0; axis < 2; axis++) {
        curve[to++] = 0.5 * (wBefore * points[before + axis] + wFrom * points[from + axis] +
          wNext * points[next + axis] + wAfter * points[after + axis]);
      }
    }
  }
  curve[to] = points[points.length - 2];
  curve[to + 1] = points[points.length - 1];
  return curve;
}

/** A smooth random displacement of the unit box: random at the nodes of a grid, bilinear between them. */
class Bend {
  readonly #nodes = new Float64Array(2 * BEND_NODES * BEND_NODES);

  constructor(random: ImageRandom) {
    for (let at = 0; at < this.#nodes.length; at++) this.#nodes[at] = BEND * random.bell();
  }

  right(x: number, y: number): number {
    return this.#at(x, y, 0);
  }

  down(x: number, y: number): number {
    return this.#at(x, y, 1);
  }

  #at(x: number, y: number, axis: number): number {
    const last = BEND_NODES - 1;
    const column = Math.min(Math.max((x + 0.25) / 1.5 * last, 0), last - 1e-9);
    const row = Math.min(Math.max((y + 0.25) / 1.5 * last, 0), last - 1e-9);
    const left = Math.floor(column), top = Math.floor(row);
    const right = column - left, down = row - top;
    const node = 2 * (top * BEND_NODES + left) + axis, below = node + 2 * BEND_NODES;
    const upper = this.#nodes[node] * (1 - right) + this.#nodes[node + 2] * right;
    const lower = this.#nodes[below] * (1 - right) + this.#nodes[below + 2] * right;
    return upper * (1 - down) + lower * down;
  }
}

/** Centre of mass of the curves as thin wires. */
function centreOf(curves: readonly Float64Array[]): [x: number, y: number] {
  let x = 0, y = 0, length = 0;
  for (const curve of curves) {
    for (let at = 2; at < curve.length; at += 2) {
      const dx = curve[at] - curve[at - 2], dy = curve[at + 1] - curve[at - 1];
      const weight = Math.sqrt(dx * dx + dy * dy);
      x += weight * (curve[at] + curve[at - 2]) / 2;
      y += weight * (curve[at + 1] + curve[at - 1]) / 2;
      length += weight;
    }
  }
  return [x / length, y / length];
}

/** A round pen: keeps each pixel's squared distance to the nearest line, and inks from that at the end. */
class Pen {
  readonly #squaredDistance = new Float64Array(IMAGE_PIXELS);
  #radius = 1;
  #softness = 1;

  /** `radius` and `softness`, the width of the grey edge, in pixels. */
  start(radius: number, softness: number): void {
    this.#radius = radius;
    this.#softness = softness;
    this.#squaredDistance.fill(Infinity);
  }

  line(x0: number, y0: number, x1: number, y1: number): void {
    const reach = this.#radius + this.#softness / 2;
    const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach));
    const right = Math.min(IMAGE_SIZE - 1, Math.floor(Math.max(x0, x1) + reach));
    const top = Math.max(0, Math.ceil(Math.min(y0, y1) - reach));
    const bottom = Math.min(IMAGE_SIZE - 1, Math.floor(Math.max(y0, y1) + reach));
    const dx = x1 - x0, dy = y1 - y0;
    const squaredLength = dx * dx + dy * dy;
    const perLength = squaredLength > 0 ? 1 / squaredLength : 0; // 0: the line is its first point
    const squaredDistance = this.#squaredDistance;
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const along = Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) * perLength, 0), 1);
        const offX = x - x0 - along * dx, offY = y - y0 - along * dy;
        const squared = offX * offX + offY * offY;
        const pixel = y * IMAGE_SIZE + x;
        if (squared < squaredDistance[pixel]) squaredDistance[pixel] = squared;
      }
    }
  }

  /** Writes the pixels, 0 for paper and 255 for ink. */
  ink(pixels: Uint8Array): void {
    const reach = this.#radius + this.#softness / 2;
    for (let pixel = 0; pixel < IMAGE_PIXELS; pixel++) {
      const squared = this.#squaredDistance[pixel];
      if (squared >= reach * reach) continue;
      const inside = (reach - Math.sqrt(squared)) / this.#softness;
      pixels[pixel] = Math.round(255 * Math.min(inside, 1));
    }
  }
}

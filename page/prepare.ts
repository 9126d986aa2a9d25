/**
 * Makes of pen strokes what MNIST made of handwriting.
 *
 * The digits of MNIST were scaled, their shape kept, into a box of 20×20 pixels and placed so that their centre of mass
 * is the middle of 28×28. Strokes are scaled as lines and only then inked, with the pen of MNIST: so neither the size of
 * a drawing nor the width of the pen on the screen changes what the network sees.
 * Source: http://yann.lecun.com/exdb/mnist/ and LeCun et al. (1998), Gradient-based learning applied to document
 * recognition.
 *
 * @module
 */

/** Points of one line of the pen, in turn, as shares of the pad's side: x₀, y₀, x₁, y₁, … */
export type Stroke = readonly number[];

/** Pixels of an image's side. */
export const SIDE = 28;
/** Side of the box that a digit's ink fills. */
const BOX = 20;
/**
 * Width of the pen and of its grey edge, in pixels of the image.
 *
 * Of 4,000 training images that were drawn again along their middle lines (`tests/page/redraw.ts`), iteration 5 reads
 * 99.0 to 99.2 % with pens of 2 to 2.8 and edges of 1 to 1.8; iterations 1 and 3 like this middle best.
 */
const PEN = 2.5;
const EDGE = 1.2;
/** A drawing that is smaller is a dot: scaled up, it would show how the hand trembles. */
const LEAST_SIDE = 0.04;

/** How an image was placed: pixel = scale · point + shift. */
interface Placement {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/** The image, uint8 [28,28], of some strokes; undefined where there is nothing to see. */
export function prepareDigit(
  strokes: readonly Stroke[],
  { pen = PEN, edge = EDGE }: { readonly pen?: number; readonly edge?: number } = {},
): Uint8Array | undefined {
  const inked = strokes.filter((stroke) => stroke.length >= 2);
  if (inked.length === 0) return undefined;
  const [left, top, right, bottom] = boundsOf(inked);
  const side = Math.max(right - left, bottom - top);
  // the pen stands half its width out of the lines on each side
  const scale = side < LEAST_SIDE ? 1 : (BOX - pen) / side;
  const middle = SIDE / 2;
  const first: Placement = {
    scale,
    left: middle - scale * (left + right) / 2,
    top: middle - scale * (top + bottom) / 2,
  };
  const [x, y] = centreOfMass(ink(inked, first, pen, edge));
  return Uint8Array.from(
    ink(inked, { scale, left: first.left + middle - x, top: first.top + middle - y }, pen, edge),
    (value) => Math.round(255 * value),
  );
}

function boundsOf(strokes: readonly Stroke[]): [left: number, top: number, right: number, bottom: number] {
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (const stroke of strokes) {
    for (let at = 0; at < stroke.length; at += 2) {
      left = Math.min(left, stroke[at]);
      right = Math.max(right, stroke[at]);
      top = Math.min(top, stroke[at + 1]);
      bottom = Math.max(bottom, stroke[at + 1]);
    }
  }
  return [left, top, right, bottom];
}

/** Share of ink in each pixel, whose middle is at ½ beyond its place. */
function ink(strokes: readonly Stroke[], { scale, left, top }: Placement, pen: number, edge: number) {
  const nearest = new Float64Array(SIDE * SIDE).fill(Infinity), reach = (pen + edge) / 2;
  for (const stroke of strokes) {
    for (let at = 0; at < stroke.length; at += 2) {
      // a stroke of one point is a dot
      const from = Math.max(0, at - 2);
      if (at === 0 && stroke.length > 2) continue;
      markLine(
        nearest,
        scale * stroke[from] + left,
        scale * stroke[from + 1] + top,
        scale * stroke[at] + left,
        scale * stroke[at + 1] + top,
        reach,
      );
    }
  }
  return nearest.map((squared) => Math.min(1, Math.max(0, (reach - Math.sqrt(squared)) / edge)));
}

/** Takes down the squared distance of the pixels within `reach` of a line. */
function markLine(nearest: Float64Array, x0: number, y0: number, x1: number, y1: number, reach: number) {
  const dx = x1 - x0, dy = y1 - y0, squaredLength = dx * dx + dy * dy;
  const firstColumn = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const lastColumn = Math.min(SIDE - 1, Math.ceil(Math.max(x0, x1) + reach));
  const firstRow = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const lastRow = Math.min(SIDE - 1, Math.ceil(Math.max(y0, y1) + reach));
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const x = column + 0.5 - x0, y = row + 0.5 - y0;
      const along = squaredLength > 0 ? Math.min(1, Math.max(0, (x * dx + y * dy) / squaredLength)) : 0;
      const squared = (x - along * dx) ** 2 + (y - along * dy) ** 2, pixel = row * SIDE + column;
      if (squared < nearest[pixel]) nearest[pixel] = squared;
    }
  }
}

function centreOfMass(share: Float64Array): [x: number, y: number] {
  let mass = 0, x = 0, y = 0;
  share.forEach((value, pixel) => {
    mass += value;
    x += value * (pixel % SIDE + 0.5);
    y += value * (Math.floor(pixel / SIDE) + 0.5);
  });
  return mass === 0 ? [SIDE / 2, SIDE / 2] : [x / mass, y / mass];
}

/**
 * Grey and signed images on a canvas, in the colours of the page.
 *
 * @module
 */

type Rgb = readonly [number, number, number];

/** What images are drawn with; changes when the reader's setting does. */
export interface Palette {
  readonly ink: Rgb;
  /** Of feature maps. */
  readonly zero: Rgb;
  readonly positive: Rgb;
  readonly negative: Rgb;
}

/** The colours in use now. */
export function currentPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): Rgb => {
    const hex = style.getPropertyValue(name).trim().replace("#", "");
    const part = (at: number) => parseInt(hex.slice(at, at + 2), 16);
    return [part(0), part(2), part(4)];
  };
  return { ink: read("--ink"), zero: read("--raised"), positive: read("--under"), negative: read("--over") };
}

/** Small values are seen too: the share of the full colour grows as this power of the value. */
const POWER = 0.7;

function mix(pixels: Uint8ClampedArray, at: number, share: number, zero: Rgb, end: Rgb): void {
  for (let c = 0; c < 3; c++) pixels[at + c] = zero[c] + share * (end[c] - zero[c]);
  pixels[at + 3] = 255;
}

/** Writes the colour of a value from −1 to 1. */
export function paintSigned(pixels: Uint8ClampedArray, at: number, value: number, palette: Palette): void {
  mix(
    pixels,
    at,
    Math.min(1, Math.abs(value)) ** POWER,
    palette.zero,
    value < 0 ? palette.negative : palette.positive,
  );
}

/** Draws an image, uint8 [side,side], pixel for pixel: ink on paper as the page has them. */
export function drawGrey(canvas: HTMLCanvasElement, image: Uint8Array, side: number, palette: Palette): void {
  const context = canvas.getContext("2d")!, { data } = context.createImageData(side, side);
  image.forEach((value, i) => mix(data, 4 * i, value / 255, palette.zero, palette.ink));
  context.putImageData(new ImageData(data, side, side), 0, 0);
}

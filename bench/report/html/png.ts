/**
 * A grey image as PNG, to be put into a page.
 *
 * @module
 */
import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * The PNG file of uint8 [size,size], 0 black.
 *
 * Stored and not compressed: 28×28 pixels gain little, and the bytes are the same with every zlib.
 * Source: W3C, "Portable Network Graphics (PNG) Specification".
 */
export function encodePng(pixels: Uint8Array, size: number): Uint8Array {
  const header = new Uint8Array(13), view = new DataView(header.buffer);
  view.setUint32(0, size);
  view.setUint32(4, size);
  header[8] = 8; // bits per pixel; grey, no interlacing
  const rows = new Uint8Array(size * (size + 1)); // each row begins with its filter, 0
  for (let row = 0; row < size; row++) {
    rows.set(pixels.subarray(row * size, (row + 1) * size), row * (size + 1) + 1);
  }
  const chunks = [chunk("IHDR", header), chunk("IDAT", deflateSync(rows, { level: 0 })), chunk("IEND")];
  return Uint8Array.from([SIGNATURE, ...chunks].flatMap((part) => [...part]));
}

/** The image for an `src` attribute. */
export function pngDataUrl(pixels: Uint8Array, size: number): string {
  return `data:image/png;base64,${encodePng(pixels, size).toBase64()}`;
}

function chunk(type: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(data.length + 12), view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

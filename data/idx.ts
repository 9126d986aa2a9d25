/**
 * IDX, the file format of MNIST: a big-endian header (magic, then one uint32 per dimension) and uint8 values.
 *
 * The magic's bytes are 0, 0, the type code (8: uint8) and the number of dimensions.
 * Source: http://yann.lecun.com/exdb/mnist/ ("the IDX file format").
 *
 * @module
 */
import { DataError } from "./types.ts";

/** Height and width of every image, in pixels. */
export const IMAGE_SIZE = 28;
/** Pixels of one image. */
export const IMAGE_PIXELS = IMAGE_SIZE * IMAGE_SIZE;

const UINT8_TYPE = 0x08;
const CLASSES = 10;
const REMEDY = "take this file from its source again";

/**
 * Returns the pixels, uint8 [N,28,28], of an IDX file of 28×28 images; a view of `bytes`, not a copy.
 *
 * @throws {DataError} If magic, dimensions or length differ from that; the message names `file`.
 */
export function parseIdxImages(file: string, bytes: Uint8Array): Uint8Array {
  const { dimensions, values } = parseIdx(file, bytes, { rank: 3 });
  const [, height, width] = dimensions;
  if (height !== IMAGE_SIZE || width !== IMAGE_SIZE) {
    throw new DataError(
      `Cannot read "${file}": expected images of ${IMAGE_SIZE}×${IMAGE_SIZE} pixels, got ${height}×${width}; ` +
        REMEDY,
    );
  }
  return values;
}

/**
 * Returns the digits, uint8 [N], of an IDX file of labels; a view of `bytes`, not a copy.
 *
 * @throws {DataError} If magic or length are wrong or a label is above 9; the message names `file`.
 */
export function parseIdxLabels(file: string, bytes: Uint8Array): Uint8Array {
  const { values } = parseIdx(file, bytes, { rank: 1 });
  const index = values.findIndex((label) => label >= CLASSES);
  if (index >= 0) {
    const found = `${values[index]} at index ${index}`;
    throw new DataError(
      `Cannot read "${file}": expected labels from 0 to ${CLASSES - 1}, got ${found}; ${REMEDY}`,
    );
  }
  return values;
}

/**
 * Returns an IDX file of uint8 values with the given dimensions.
 *
 * @throws {RangeError} If the dimensions are not those of `values`.
 */
export function encodeIdx(values: Uint8Array, dimensions: readonly number[]): Uint8Array<ArrayBuffer> {
  const count = dimensions.reduce((product, size) => product * size, 1);
  if (count !== values.length) {
    throw new RangeError(
      `Cannot encode IDX: expected ${count} values for dimensions [${dimensions.join(",")}], ` +
        `got ${values.length}; pass matching dimensions`,
    );
  }
  const headerBytes = 4 + 4 * dimensions.length;
  const bytes = new Uint8Array(headerBytes + values.length);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, magicOf(dimensions.length));
  dimensions.forEach((size, index) => header.setUint32(4 + 4 * index, size));
  bytes.set(values, headerBytes);
  return bytes;
}

/** Returns the dimensions that an IDX file of uint8 values names, or undefined where the bytes begin no such file. */
export function parseIdxHeader(bytes: Uint8Array): number[] | undefined {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) return undefined;
  const rank = bytes[3];
  if (header.getUint32(0) !== magicOf(rank) || rank === 0 || bytes.length < 4 + 4 * rank) return undefined;
  return Array.from({ length: rank }, (_, index) => header.getUint32(4 + 4 * index));
}

/**
 * Returns the dimensions and the values, a view of `bytes`, of an IDX file of uint8 values.
 *
 * @throws {DataError} If the magic is not that of `rank` dimensions or the length is not the header's.
 */
export function parseIdx(
  file: string,
  bytes: Uint8Array,
  { rank }: { readonly rank: number },
): { readonly dimensions: number[]; readonly values: Uint8Array } {
  const headerBytes = 4 + 4 * rank;
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 4 && header.getUint32(0) !== magicOf(rank)) {
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    throw new DataError(
      `Cannot read "${file}": expected magic ${hex32(magicOf(rank))}, got ${hex32(header.getUint32(0))}; ` +
        (isGzip ? "decompress the gzip file first" : REMEDY),
    );
  }
  if (bytes.length < headerBytes) {
    throw new DataError(
      `Cannot read "${file}": expected a header of ${headerBytes} bytes, got ${countBytes(bytes.length)}; ` +
        REMEDY,
    );
  }
  const dimensions = parseIdxHeader(bytes)!; // magic and length are right
  // At most 3 factors below 2^32: the product may exceed 2^53 and lose digits, but not become a small number.
  const expectedBytes = headerBytes + dimensions.reduce((product, size) => product * size, 1);
  if (bytes.length !== expectedBytes) {
    throw new DataError(
      `Cannot read "${file}": expected ${expectedBytes} bytes (its header says [${dimensions.join(",")}]), ` +
        `got ${countBytes(bytes.length)}; ${REMEDY}`,
    );
  }
  return { dimensions, values: bytes.subarray(headerBytes) };
}

function magicOf(rank: number): number {
  return UINT8_TYPE << 8 | rank;
}

function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

function countBytes(count: number): string {
  return count === 0 ? "an empty file" : `${count}`;
}

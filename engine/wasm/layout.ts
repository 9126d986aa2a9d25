/**
 * How tensors lie in memory inside the WebAssembly engine.
 *
 * Eight examples are a *slice*; a feature map of a slice is stored as `[C,rows,columns,8]` float32, the examples
 * in the vector lanes (two vectors of four). Every layer then vectorizes over examples, and no channel count or
 * image size needs padding for the sake of vectors.
 *
 * A *plane* may be larger than the image in it: convolutions read zeros around it. The surplus is zeroed once and never
 * written.
 *
 * @module
 */

/** WebAssembly memory comes in pages. */
export const PAGE_BYTES = 65536;

/** Examples in a slice: two vectors of four float32. */
export const LANES = 8;

/** Bytes of one position of a plane: one float32 for each example of the slice. */
export const POSITION_BYTES = 4 * LANES;

/**
 * The two vectors of a position, by their byte offsets.
 *
 * Kernels do everything for both, side by side, with the two stores next to each other: where V8 merges pairs of
 * 128-bit operations into 256-bit ones (`--experimental-wasm-revectorize`), such pairs are what it looks for.
 */
export const HALVES = [0, 16] as const;

/** A map of `channels` planes of `rows` × `columns` positions; the image starts at (`border`, `border`). */
export interface Plane {
  readonly channels: number;
  /** The image inside the plane. */
  readonly height: number;
  readonly width: number;
  /** The stored extent. */
  readonly rows: number;
  readonly columns: number;
  readonly border: number;
}

/** A plane with nothing around the image. */
export function tightPlane([channels, height, width]: readonly [number, number, number]): Plane {
  return { channels, height, width, rows: height, columns: width, border: 0 };
}

export const rowBytes = (plane: Plane): number => plane.columns * POSITION_BYTES;
export const channelBytes = (plane: Plane): number => plane.rows * rowBytes(plane);
export const sliceBytes = (plane: Plane): number => plane.channels * channelBytes(plane);
/** Byte offset of the image's first position in its channel. */
export const imageOffset = (plane: Plane): number => plane.border * (rowBytes(plane) + POSITION_BYTES);

/** A stride-1 convolution of `inputs` maps of `height` × `width` to `outputs` maps. */
export interface ConvShape {
  readonly inputs: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  readonly kernel: number;
  readonly padding: number;
}

export const outputHeight = (s: ConvShape): number => s.height + 2 * s.padding - s.kernel + 1;
export const outputWidth = (s: ConvShape): number => s.width + 2 * s.padding - s.kernel + 1;

/** Any convolution of a layer. */
export interface ConvolutionShape extends ConvShape {
  readonly stride: number;
  readonly dilation: number;
  readonly groups: number;
}

/** Cuts `count` into runs of nearly equal length, none above `largest`; longer runs first. */
export function evenBlocks(count: number, largest: number): number[] {
  const blocks = Math.ceil(count / largest);
  return Array.from({ length: blocks }, (_, i) => Math.floor(count / blocks) + (i < count % blocks ? 1 : 0));
}

/** Starts of consecutive blocks. */
export function starts(blocks: readonly number[]): number[] {
  let sum = 0;
  return blocks.map((size) => (sum += size) - size);
}

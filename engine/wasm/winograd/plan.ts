/**
 * Which tile a Winograd convolution takes, and where everything lies.
 *
 * @module
 */
import {
  type ConvShape,
  evenBlocks,
  outputHeight,
  outputWidth,
  type Plane,
  POSITION_BYTES,
} from "../layout.ts";
import { paddedRows, SUM_BYTES } from "./products.ts";
import { type Tile, TILES } from "./tiles.ts";
import { CONSTANT_BYTES } from "./vectors.ts";

/** What a strip's transformed tiles may take of a second-level cache of 1 MiB, beside the weights and their sums. */
const STRIP_BYTES = 640 * 1024;

/** Streams with a stride of 4,096 bytes would share a cache set; this many bytes set them apart. */
const STREAM_OFFSET = 320;

/** Where everything of a Winograd convolution lies. Scratch offsets are relative to the worker's scratch. */
export interface WinogradPlan {
  readonly shape: ConvShape;
  readonly tile: Tile;
  readonly input: Plane;
  /** Of y: surplus rows and columns up to whole tiles are written and hold nothing. */
  readonly output: Plane;
  /** Of dy: zeros in the surplus rows and columns. */
  readonly outputGradient: Plane;
  /** Tile rows of each strip. */
  readonly strips: readonly number[];
  readonly tileColumns: number;
  /** Bytes of V and M for one point. */
  readonly vBytes: number;
  readonly mBytes: number;
  /** In the scratch: half-transformed tiles of one channel's row, V, M and the sums of dU. */
  readonly stageOffset: number;
  readonly vOffset: number;
  readonly mOffset: number;
  readonly sumsOffset: number;
  readonly scratchBytes: number;
  /** Floats of U and of its transpose. */
  readonly transformedWeights: number;
  /** Floats of one slice's dg, `[9,C,paddedRows(K)]`. */
  readonly weightGradients: number;
}

/** Tiles along each side. */
function tilesOf(shape: ConvShape, { outputs }: Tile): { rows: number; columns: number } {
  return { rows: Math.ceil(outputHeight(shape) / outputs), columns: Math.ceil(outputWidth(shape) / outputs) };
}

/**
 * About the half cycles of a step: the multiply-adds of three products, and for each value that a transform stores as
 * many as two of those (the input is transformed twice and its gradient once, the output and its gradient once each).
 */
function cost(shape: ConvShape, tile: Tile): number {
  const { inputs: C, outputs: K } = shape,
    { outputs: m, points: n } = tile,
    { rows, columns } = tilesOf(shape, tile);
  return rows * columns * (3 * n * n * C * K + 2 * n * (n + m) * (3 * C + 2 * K));
}

/** The tile that costs least. */
export const cheapestTile = (shape: ConvShape): Tile =>
  TILES.reduce((best, tile) => cost(shape, tile) < cost(shape, best) ? tile : best);

/**
 * Lays out a 3×3 convolution in the least planes. Larger ones do as well: kernels are then given the address at which
 * the least plane would begin.
 */
export function planWinograd(shape: ConvShape, tile: Tile = cheapestTile(shape)): WinogradPlan {
  const { inputs: C, outputs: K, height, width } = shape, { outputs: m, points: n } = tile;
  const { rows: tileRows, columns: tileColumns } = tilesOf(shape, tile);
  const rowOfTiles = n * n * (C + K) * tileColumns * POSITION_BYTES;
  const strips = evenBlocks(tileRows, Math.max(1, Math.floor(STRIP_BYTES / rowOfTiles)));
  const tiles = strips[0] * tileColumns;
  const stream = (channels: number) => {
    const bytes = channels * tiles * POSITION_BYTES;
    return bytes + ((STREAM_OFFSET - (bytes % 4096) + 4096) % 4096);
  };
  const vBytes = stream(C), mBytes = stream(K);
  const stageOffset = CONSTANT_BYTES;
  const vOffset = stageOffset + n * tileColumns * n * POSITION_BYTES;
  const mOffset = vOffset + n * n * vBytes, sumsOffset = mOffset + n * n * mBytes;
  const output: Plane = {
    channels: K,
    height: outputHeight(shape),
    width: outputWidth(shape),
    rows: m * tileRows,
    columns: m * tileColumns,
    border: 0,
  };
  return {
    shape,
    tile,
    input: {
      channels: C,
      height,
      width,
      rows: m * tileRows + 2,
      columns: m * tileColumns + 2,
      border: shape.padding,
    },
    output,
    outputGradient: output,
    strips,
    tileColumns,
    vBytes,
    mBytes,
    stageOffset,
    vOffset,
    mOffset,
    sumsOffset,
    scratchBytes: sumsOffset + n * n * C * paddedRows(K) * SUM_BYTES,
    transformedWeights: 2 * n * n * K * C,
    weightGradients: 9 * C * paddedRows(K),
  };
}

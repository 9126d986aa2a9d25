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
  tightPlane,
} from "../layout.ts";
import type { Rows } from "./ahead.ts";
import { paddedRows, SUM_BYTES } from "./products.ts";
import { type Tile, TILES } from "./tiles.ts";
import { CONSTANT_BYTES } from "./vectors.ts";

/** What a strip's transformed tiles may take of a second-level cache of 1 MiB, beside the weights and their sums. */
const STRIP_BYTES = 640 * 1024;

/** Streams with a stride of 4,096 bytes would share a cache set; this many bytes set them apart. */
const STREAM_OFFSET = 320;

/** Rows of tiles that are computed together. */
export interface Strip {
  readonly tileRows: number;
  /** Rows of the output that its last row of tiles has: m, or fewer at the bottom. */
  readonly lastRows: number;
  /** Whether there is none before: what strips add up begins with it. */
  readonly isFirst: boolean;
}

/** Where everything of a Winograd convolution lies. Scratch offsets are relative to the worker's scratch. */
export interface WinogradPlan {
  readonly shape: ConvShape;
  readonly tile: Tile;
  /** With the padding around it. Tiles that reach over the edge take zeros for what lies behind it. */
  readonly input: Plane;
  readonly output: Plane;
  /** Of dy. */
  readonly outputGradient: Plane;
  readonly strips: readonly Strip[];
  readonly tileColumns: number;
  /** Columns of the output that the last tile of a row has: m, or fewer. */
  readonly lastColumns: number;
  /** Bytes of V and M for one point. */
  readonly vBytes: number;
  readonly mBytes: number;
  /** In the scratch: half-transformed tiles of one channel's row, V, M and the sums of dU. */
  readonly stageOffset: number;
  readonly vOffset: number;
  readonly mOffset: number;
  readonly sumsOffset: number;
  readonly scratchBytes: number;
  /** Floats of U for one point: K·C in whole vectors. */
  readonly weightsOfPoint: number;
  /** Floats of U. */
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

/** Lays out a 3×3 convolution in the least planes; larger ones do as well. */
export function planWinograd(shape: ConvShape, tile: Tile = cheapestTile(shape)): WinogradPlan {
  const { inputs: C, outputs: K, height, width, padding } = shape, { outputs: m, points: n } = tile;
  const { rows: tileRows, columns: tileColumns } = tilesOf(shape, tile);
  const rowOfTiles = n * n * (C + K) * tileColumns * POSITION_BYTES;
  const heights = evenBlocks(tileRows, Math.max(1, Math.floor(STRIP_BYTES / rowOfTiles)));
  const strips = heights.map((rows, i) => ({
    tileRows: rows,
    isFirst: i === 0,
    lastRows: i === heights.length - 1 ? outputHeight(shape) - m * (tileRows - 1) : m,
  }));
  const stream = (channels: number) => {
    const bytes = channels * heights[0] * tileColumns * POSITION_BYTES;
    return bytes + ((STREAM_OFFSET - (bytes % 4096) + 4096) % 4096);
  };
  const vBytes = stream(C), mBytes = stream(K);
  const stageOffset = CONSTANT_BYTES;
  const vOffset = stageOffset + n * tileColumns * n * POSITION_BYTES;
  const mOffset = vOffset + n * n * vBytes, sumsOffset = mOffset + n * n * mBytes;
  const output = tightPlane([K, outputHeight(shape), outputWidth(shape)]);
  const weightsOfPoint = 4 * Math.ceil(K * C / 4);
  return {
    shape,
    tile,
    input: {
      channels: C,
      height,
      width,
      rows: height + 2 * padding,
      columns: width + 2 * padding,
      border: padding,
    },
    output,
    outputGradient: output,
    strips,
    tileColumns,
    lastColumns: outputWidth(shape) - m * (tileColumns - 1),
    vBytes,
    mBytes,
    stageOffset,
    vOffset,
    mOffset,
    sumsOffset,
    scratchBytes: sumsOffset + n * n * C * paddedRows(K) * SUM_BYTES,
    weightsOfPoint,
    transformedWeights: n * n * weightsOfPoint,
    weightGradients: 9 * C * paddedRows(K),
  };
}

/** The rows of y that a strip has. */
export const outputRows = ({ tile, output, shape }: WinogradPlan, { tileRows, lastRows }: Strip): Rows => ({
  plane: output,
  channels: shape.outputs,
  rows: tile.outputs * (tileRows - 1) + lastRows,
});

/** The rows of the input that a strip reads. */
export const inputRows = (plan: WinogradPlan, strip: Strip): Rows => ({
  plane: plan.input,
  channels: plan.shape.inputs,
  rows: outputRows(plan, strip).rows + 2,
});

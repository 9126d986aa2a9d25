/**
 * Stride-1 convolution; on the way back its input's gradient is one too, with the filters turned around. A linear layer
 * is a 1×1 convolution of a 1×1 map.
 *
 * An invocation has one example and, in registers, a tile of output positions by four output channels: a loaded input
 * value is used for up to 4·K·K products, a loaded vector of weights for every position of the tile.
 *
 * Every output is one sum over c, a, b in this order, whatever the tile; so tiles change the speed and no bit.
 *
 * @module
 */
import { type Binding, defineKernel, type Kernel, repeat } from "./kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "./layout.ts";

/** output[k,i,j] = Σ(c,a,b) weight[k,c,a,b] · input[c,i+a−padding,j+b−padding], zero outside. */
export interface Convolution {
  readonly inChannels: number;
  readonly height: number;
  readonly width: number;
  readonly outChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly kernel: number;
  /** Negative where the input is cut, as it can be on the way back. */
  readonly padding: number;
}

/** The convolution that takes the gradient of `forward`'s output to that of its input. */
export function inputGradientOf(forward: Convolution): Convolution {
  return {
    inChannels: forward.outChannels,
    height: forward.outHeight,
    width: forward.outWidth,
    outChannels: forward.inChannels,
    outHeight: forward.height,
    outWidth: forward.width,
    kernel: forward.kernel,
    padding: forward.kernel - 1 - forward.padding,
  };
}

/** Pairs of an output and a filter position, along one axis, that meet inside the input. */
function pairsInside(outputs: number, inputs: number, { kernel, padding }: Convolution): number {
  let pairs = 0;
  for (let i = 0; i < outputs; i++) {
    for (let a = 0; a < kernel; a++) {
      const at = i + a - padding;
      if (at >= 0 && at < inputs) pairs++;
    }
  }
  return pairs;
}

/** Multiply-adds for one example, products with padding left out: the same for all three kernels of a layer. */
export function multiplyAdds(shape: Convolution): number {
  const { inChannels, height, width, outChannels, outHeight, outWidth } = shape;
  return inChannels * outChannels * pairsInside(outHeight, height, shape) *
    pairsInside(outWidth, width, shape);
}

/** Output positions that one invocation has in registers. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
}

/** Most positions of a tile: 64 registers of sums. */
const MOST_POSITIONS = 16;

/**
 * The tile that costs least for each output: a multiply-add by four channels and a load each take one cycle of a
 * multiprocessor; positions beyond the edge are computed for nothing.
 */
export function chooseTile({ outHeight, outWidth, kernel }: Convolution): Tile {
  let best: Tile = { rows: 1, columns: 1 }, least = Infinity;
  for (let rows = 1; rows <= Math.min(outHeight, MOST_POSITIONS); rows++) {
    for (let columns = 1; columns <= Math.min(outWidth, Math.floor(MOST_POSITIONS / rows)); columns++) {
      const products = rows * columns * kernel * kernel;
      const loads = (rows + kernel - 1) * (columns + kernel - 1) + kernel * kernel * rows;
      const tiles = Math.ceil(outHeight / rows) * Math.ceil(outWidth / columns);
      const cost = tiles * (products + loads);
      if (cost < least) {
        least = cost;
        best = { rows, columns };
      }
    }
  }
  return best;
}

/** How many tiles cover the output, and how a tile's number gives its first row and column. */
export function tiling(convolution: Convolution) {
  const tile = chooseTile(convolution);
  const across = Math.ceil(convolution.outWidth / tile.columns);
  return { tile, across, count: Math.ceil(convolution.outHeight / tile.rows) * across };
}

/** A divisor of work: the number up to `most` that leaves least of the last group idle, the larger of equals. */
export function groupSize(count: number, most: number): number {
  let best = 1;
  for (let size = 1; size <= Math.min(count, most); size++) {
    if (Math.ceil(count / size) * size <= Math.ceil(count / best) * best) best = size;
  }
  return best;
}

/** Groups of four channels. */
export const blocksOf = (channels: number): number => Math.ceil(channels / 4);

/** vec4 of packed weights: `[k/4][c][a][b]` of four output channels each. */
export function packedWeights({ inChannels, outChannels, kernel }: Convolution): number {
  return blocksOf(outChannels) * inChannels * kernel * kernel;
}

/** Where a layer's packed weights lie: vec4f from `at` on, of `stride` for each trial. */
export interface PackedWeights {
  readonly buffer: string;
  readonly stride: number;
  readonly at: number;
}

/** Whether index `from + offset`, `from` up to `most`, can leave 0 … size − 1. */
const canLeave = (offset: number, most: number, size: number): boolean => offset < 0 || most + offset >= size;

/**
 * Computes `output` from `input` and packed weights; without `output`, the sums alone.
 *
 * - `input`   [T,C,H,W,N] f32
 * - `weights` [T,stride] vec4f; this layer's start at `weights.at`, `[k/4][c][a][b]`, each of four output channels
 * - `bias`    if `biasAt` is given: vec4f of four output channels there
 * - `output`  [T,K,OH,OW,N] f32; behind batch norm and ReLU if `normalize` is given
 * - `sums`    if given: [T,K,tiles,N] vec2f, a tile's sum and its sum of squared deviations from its own mean
 */
export function convolutionKernel(options: {
  readonly label: string;
  readonly shape: Convolution;
  readonly lanes: number;
  readonly input: string;
  readonly output?: string;
  readonly weights: PackedWeights;
  readonly biasAt?: number;
  readonly sums?: string;
  readonly normalize?: { readonly stride: number; readonly at: number };
}): Kernel {
  const { label, shape, lanes, weights, biasAt, output, sums, normalize } = options;
  const { inChannels, height, width, outChannels, outHeight, outWidth, kernel, padding } = shape;
  const { tile: { rows, columns }, across, count } = tiling(shape);
  const laneBlocks = lanes / LANES, blocks = blocksOf(outChannels);
  const blocksAtOnce = groupSize(blocks, MAXIMUM_INVOCATIONS / LANES);
  const down = count / across;
  const bindings: Record<string, Binding> = {
    input: { buffer: options.input, type: "f32" },
    weights: { buffer: weights.buffer, type: "vec4f" },
    ...(output ? { output: { buffer: output, type: "f32", write: true } as const } : {}),
    ...(normalize ? { coefficients: { buffer: "coefficients", type: "vec4f" } as const } : {}),
    ...(sums ? { sums: { buffer: sums, type: "vec2f", write: true } as const } : {}),
  };
  const inside = (i: number, j: number): string => {
    const conditions = [];
    if (outHeight % rows !== 0 && i > 0) conditions.push(`i0 + ${i} < ${outHeight}`);
    if (outWidth % columns !== 0 && j > 0) conditions.push(`j0 + ${j} < ${outWidth}`);
    return conditions.join(" && ");
  };
  const guarded = (condition: string, code: string) => condition ? `if (${condition}) { ${code} }` : code;

  /** The products of input row `r` of the tile's window, for input channel `c`. */
  const row = (r: number): string => {
    const lines: string[] = [];
    const used = new Set<number>();
    const products: string[] = [];
    for (let i = 0; i < rows; i++) {
      const a = r - i;
      if (a < 0 || a >= kernel) continue;
      for (let b = 0; b < kernel; b++) {
        const terms = [];
        for (let j = 0; j < columns; j++) {
          const column = j + b - padding;
          // with a single tile across, what is outside is known here and costs nothing
          if (across === 1 && (column < 0 || column >= width)) continue;
          used.add(j + b);
          terms.push(`s${i}_${j} = fma(vec4f(x${j + b}), w, s${i}_${j});`);
        }
        if (terms.length > 0) {
          products.push(`{ let w = weights[w0 + ${a * kernel + b}]; ${terms.join(" ")} }`);
        }
      }
    }
    for (const s of used) {
      const column = s - padding, load = `input[at + ${s * lanes}]`;
      if (across > 1 && canLeave(column, (across - 1) * columns, width)) {
        lines.push(
          `var x${s} = 0.0; if (j0 + ${column} >= 0 && j0 + ${column} < ${width}) { x${s} = ${load}; }`,
        );
      } else lines.push(`let x${s} = ${load};`);
    }
    const body = [
      `let at = u32((c * ${height} + i0 + ${r - padding}) * ${width} + j0 - ${padding}) * ${lanes} + x0;`,
      ...lines,
      ...products,
    ].join("\n      ");
    const first = r - padding;
    // with a single tile down as well
    if (down === 1 && (first < 0 || first >= height)) return "";
    return down > 1 && canLeave(first, (down - 1) * rows, height)
      ? `    if (i0 + ${first} >= 0 && i0 + ${first} < ${height}) {\n      ${body}\n    }`
      : `    {\n      ${body}\n    }`;
  };
  const channel = `    let w0 = w_block + u32(c) * ${kernel * kernel};
${repeat(rows + kernel - 1, row)}`;
  // several channels a turn where one has little to do, so that their loads overlap
  const unrolled = Math.max(1, Math.min(8, inChannels, Math.floor(16 / (rows * columns * kernel * kernel))));
  const turns = Math.floor(inChannels / unrolled);
  const rest = inChannels - turns * unrolled;

  const positions = Array.from({ length: rows * columns }, (_, p) => [Math.floor(p / columns), p % columns]);
  // written so that not-a-number stays
  const value = (sum: string) =>
    normalize ? `relu(fma(${sum} - coefficient.x, coefficient.z, coefficient.w))` : sum;
  const stores = (k: number): string =>
    positions.map(([i, j]) =>
      guarded(inside(i, j), `output[to + ${(i * outWidth + j) * lanes}] = ${value(`s${i}_${j}[${k}]`)};`)
    ).join("\n    ");
  const tileSums = (k: number): string =>
    `    if (step.training != 0u) {
      var total = 0.0;
      var count = 0.0;
      ${
      positions.map(([i, j]) => guarded(inside(i, j), `total += s${i}_${j}[${k}]; count += 1.0;`)).join(
        "\n      ",
      )
    }
      let mean = total / count;
      var squares = 0.0;
      var d = 0.0;
      ${
      positions.map(([i, j]) =>
        guarded(inside(i, j), `d = s${i}_${j}[${k}] - mean; squares = fma(d, d, squares);`)
      ).join("\n      ")
    }
      sums[((trial * ${outChannels} + k) * ${count} + group.y) * ${lanes} + n] = vec2f(total, squares);
    }`;
  const storeChannel = (k: number): string => {
    const code = `    let k = block * 4 + ${k};
    ${normalize ? `let coefficient = coefficients[trial * ${normalize.stride} + ${normalize.at} + k];` : ""}
    let to = (((trial * ${outChannels} + k) * ${outHeight} + u32(i0)) * ${outWidth} + u32(j0)) * ${lanes} + n;
    ${output ? stores(k) : ""}
${sums ? tileSums(k) : ""}`;
    return outChannels % 4 !== 0 && k > 0
      ? `  if (block * 4 + ${k} < ${outChannels}) {\n${code}\n  }`
      : `  {\n${code}\n  }`;
  };

  return defineKernel({
    label,
    bindings,
    size: [LANES, blocksAtOnce],
    workgroups: [laneBlocks * Math.ceil(blocks / blocksAtOnce), count],
    work: {
      flop: 2 * lanes * multiplyAdds(shape),
      bytes: 4 * lanes *
        (inChannels * height * width +
          outChannels * ((output ? outHeight * outWidth : 0) + (sums ? 2 * count : 0))),
    },
    declarations: normalize ? "fn relu(x: f32) -> f32 { return select(x, 0.0, x <= 0.0); }" : "",
    body: `  let n = group.x % ${laneBlocks} * ${LANES} + local.x;
  let block = group.x / ${laneBlocks} * ${blocksAtOnce} + local.y;
${blocks % blocksAtOnce === 0 ? "" : `  if (block >= ${blocks}) { return; }`}
  let i0 = i32(group.y / ${across} * ${rows});
  let j0 = i32(group.y % ${across} * ${columns});
  let x0 = trial * ${inChannels * height * width * lanes} + n;
  let w_block = trial * ${weights.stride} + ${weights.at} + block * ${inChannels * kernel * kernel};
${
      repeat(
        rows * columns,
        (p) =>
          `  var s${Math.floor(p / columns)}_${p % columns} = ${
            biasAt === undefined ? "vec4f()" : `weights[trial * ${weights.stride} + ${biasAt} + block]`
          };`,
      )
    }
  for (var turn = 0; turn < ${turns}; turn++) {
${repeat(unrolled, (u) => `    {\n    let c = turn * ${unrolled} + ${u};\n${channel}\n    }`)}
  }
${repeat(rest, (u) => `  {\n    let c = ${turns * unrolled + u};\n${channel}\n  }`)}
${repeat(4, storeChannel)}`,
  });
}

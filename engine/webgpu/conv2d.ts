/**
 * Stride-1 convolution: forward, gradient of the input (a convolution too, with the filters turned around), gradient
 * of the filters. A linear layer is a 1×1 convolution of a 1×1 map.
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
function multiplyAdds(shape: Convolution): number {
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
 * - `weights` [T,stride] vec4f; this layer's start at `weightsAt`, `[k/4][c][a][b]`, each of four output channels
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

/** How the gradient of a layer's filters is cut into workgroups. */
export interface FilterBlocks {
  /** Input channels, groups of four output channels and filter rows that an invocation has in registers. */
  readonly channels: number;
  readonly outBlocks: number;
  readonly filterRows: number;
  /** Output rows that a workgroup adds up. */
  readonly rows: number;
  /** Partial sums that are left for each weight. */
  readonly parts: number;
}

/** WGSL by which a filter gradient takes a gradient through batch norm and ReLU; see `gradientThroughNorm`. */
export interface GradientThroughNorm {
  readonly bindings: Readonly<Record<string, Binding>>;
  /** Sets what `load` needs for the four channels of output block `block` from channel `k0` on. */
  readonly prepare: (block: number) => string;
  /**
   * Sets `d{block}`, given WGSL of a buffer's four channels at a position, and of the window's input at (a, b) there.
   */
  readonly load: (
    block: number,
    at: { channels: (buffer: string) => string; window: (a: number, b: number) => string },
  ) => string;
}

/** Most vec4 of sums in an invocation's registers. */
const MOST_SUMS = 18;
/** Output positions that a workgroup adds up, about; fewer would spend their time on the sum over examples. */
const POSITIONS_AT_ONCE = 256;

/** The blocks of a convolution's filter gradient. */
export function filterBlocks(
  { inChannels, outChannels, outHeight, outWidth, kernel }: Convolution,
  lanes: number,
): FilterBlocks {
  const filterRows = kernel * kernel <= 25 ? kernel : 1;
  const room = Math.max(1, Math.floor(MOST_SUMS / (filterRows * kernel)));
  const outBlocks = Math.min(blocksOf(outChannels), room >= 8 ? 2 : 1);
  const channels = Math.max(1, Math.min(inChannels, Math.floor(room / outBlocks), 4));
  const rowGroups = Math.max(1, Math.round(outHeight * outWidth / POSITIONS_AT_ONCE));
  const rows = Math.ceil(outHeight / rowGroups);
  return { channels, outBlocks, filterRows, rows, parts: Math.ceil(outHeight / rows) * lanes / LANES };
}

/**
 * Adds up the gradient of the filters over parts of the batch and of the map.
 *
 * dFilter[k,c,a,b] = Σ(n,i,j) dOutput[k,i,j] · input[c,i+a−padding,j+b−padding]
 *
 * - `input`   [T,C,H,W,N] f32
 * - `dOutput` [T,K,OH,OW,N] f32, zero for examples that are none
 * - `partial` [T,stride] f32; this layer's start at `partialAt`, [parts][k][c][a][b], and behind those, if
 *   `biasPartialAt` is given, Σ dOutput as [parts][k]
 *
 * An invocation goes through the positions of its rows with one example, the filter's window of the input in
 * registers; then the examples of a workgroup are added up in their order. The optimizer adds the parts.
 *
 * With `through`, `dOutput` arrives behind batch norm and ReLU, and the gradient in front of them is computed where it
 * is used and never stored: worth it where nothing else needs it.
 */
export function filterGradientKernel(options: {
  readonly label: string;
  readonly shape: Convolution;
  readonly lanes: number;
  readonly input: string;
  readonly dOutput: string;
  readonly partial: { readonly buffer: string; readonly stride: number; readonly at: number };
  readonly biasPartialAt?: number;
  readonly through?: GradientThroughNorm;
}): Kernel {
  const { label, shape, lanes, partial, biasPartialAt, through } = options;
  const { inChannels, height, width, outChannels, outHeight, outWidth, kernel, padding } = shape;
  const { channels, outBlocks, filterRows, rows } = filterBlocks(shape, lanes);
  const laneBlocks = lanes / LANES;
  const rowGroups = Math.ceil(outHeight / rows);
  const channelGroups = Math.ceil(inChannels / channels);
  const outGroups = Math.ceil(blocksOf(outChannels) / outBlocks);
  const filterGroups = kernel / filterRows;
  const blocks = channelGroups * outGroups * filterGroups;
  const weightSums = channels * filterRows * kernel * outBlocks;
  const sumCount = weightSums + (biasPartialAt === undefined ? 0 : outBlocks);
  const blocksAtOnce = groupSize(blocks, 4);
  // sums that the lanes of a block add up at once, four floats each; 33 vectors a sum keep banks apart
  const atOnce = Math.min(8, sumCount, Math.floor(31 / blocksAtOnce));
  const stride = LANES + 1;

  const isInside = (value: string, size: number) => `${value} >= 0 && ${value} < ${size}`;
  /** Loads column `column` (WGSL) of the window into slot `slot`. */
  const loadColumn = (slot: number, column: string): string => {
    const loads: string[] = [];
    for (let c = 0; c < channels; c++) {
      for (let a = 0; a < filterRows; a++) {
        const load = `input[x_row + u32((${c * height + a}) * ${width} + column) * ${lanes}]`;
        loads.push(
          padding > 0
            ? `x${c}_${a}_${slot} = 0.0; if (${
              isInside(`row + ${a}`, height)
            } && column_inside) { x${c}_${a}_${slot} = ${load}; }`
            : `x${c}_${a}_${slot} = ${load};`,
        );
      }
    }
    return `{ let column = ${column}; ${
      padding > 0 ? `let column_inside = ${isInside("column", width)};` : ""
    }\n        ${loads.join("\n        ")} }`;
  };
  /** The products of the position in column `j` (WGSL), whose window starts in slot `first`. */
  const position = (j: string, first: number): string => {
    const lines = [`let at = z_row + u32(${j}) * ${lanes};`];
    for (let k = 0; k < outBlocks; k++) {
      const channels = (buffer: string) =>
        `vec4f(${
          [0, 1, 2, 3].map((q) => `${buffer}[at + ${(k * 4 + q) * outHeight * outWidth * lanes}]`).join(", ")
        })`;
      const window = (a: number, b: number) => `x0_${a}_${(first + b) % kernel}`;
      lines.push(through ? through.load(k, { channels, window }) : `let d${k} = ${channels("dOutput")};`);
    }
    for (let c = 0; c < channels; c++) {
      for (let a = 0; a < filterRows; a++) {
        for (let b = 0; b < kernel; b++) {
          for (let k = 0; k < outBlocks; k++) {
            const q = ((c * filterRows + a) * kernel + b) * outBlocks + k;
            lines.push(`s${q} = fma(vec4f(x${c}_${a}_${(first + b) % kernel}), d${k}, s${q});`);
          }
        }
      }
    }
    if (biasPartialAt !== undefined) {
      for (let k = 0; k < outBlocks; k++) lines.push(`s${weightSums + k} += d${k};`);
    }
    return lines.join("\n        ");
  };
  // the window moves through its slots in turn, so a turn of `kernel` positions moves no value
  const step = (j: string, slot: number) =>
    `      {
        ${loadColumn((slot + kernel - 1) % kernel, `${j} + ${kernel - 1 - padding}`)}
        ${position(j, slot)}
      }`;
  const turns = Math.floor(outWidth / kernel), rest = outWidth - turns * kernel;

  const rounds = Math.ceil(sumCount / atOnce);
  const round = (r: number): string => {
    const here = Math.min(atOnce, sumCount - r * atOnce);
    return `  ${r > 0 ? "workgroupBarrier();" : ""}
${
      repeat(
        here,
        (q) => `  shared_sums[(local.y * ${atOnce} + ${q}) * ${stride} + local.x] = s${r * atOnce + q};`,
      )
    }
  workgroupBarrier();
  if (local.x < ${4 * here} && block < ${blocks}) {
    let q = local.x / 4;
    let component = local.x % 4;
    var total = 0.0;
    for (var lane = 0u; lane < ${LANES}; lane++) {
      total += shared_sums[(local.y * ${atOnce} + q) * ${stride} + lane][component];
    }
    store(trial, part, block, q + ${r * atOnce}, component, total);
  }`;
  };

  return defineKernel({
    label,
    bindings: {
      input: { buffer: options.input, type: "f32" },
      dOutput: { buffer: options.dOutput, type: "f32" },
      ...through?.bindings,
      partials: { buffer: partial.buffer, type: "f32", write: true },
    },
    size: [LANES, blocksAtOnce],
    workgroups: [laneBlocks * Math.ceil(blocks / blocksAtOnce), rowGroups],
    work: {
      flop: 2 * lanes * multiplyAdds(shape),
      bytes: 4 * lanes *
        (inChannels * height * width + outChannels * outHeight * outWidth),
    },
    declarations: `var<workgroup> shared_sums: array<vec4f, ${blocksAtOnce * atOnce * stride}>;

// where sum \`q\` of a block belongs
fn store(trial: u32, part: u32, block: u32, q: u32, component: u32, total: f32) {
  let k0 = block / ${channelGroups * filterGroups} * ${outBlocks} * 4;
  let c0 = block / ${filterGroups} % ${channelGroups} * ${channels};
  let a0 = block % ${filterGroups} * ${filterRows};
  let k = k0 + q % ${outBlocks} * 4 + component;
  if (k >= ${outChannels}) { return; }
${
      biasPartialAt === undefined ? "" : `  if (q >= ${weightSums}) {
    if (c0 == 0) { partials[trial * ${partial.stride} + ${biasPartialAt} + part * ${outChannels} + k] = total; }
    return;
  }
`
    }  let tap = q / ${outBlocks};
  let c = c0 + tap / ${filterRows * kernel};
  let a = a0 + tap / ${kernel} % ${filterRows};
  if (c >= ${inChannels}) { return; }
  let at = ((k * ${inChannels} + c) * ${kernel} + a) * ${kernel} + tap % ${kernel};
  partials[trial * ${partial.stride} + ${partial.at} + part * ${
      outChannels * inChannels * kernel * kernel
    } + at] = total;
}`,
    body: `  let lane_block = group.x % ${laneBlocks};
  let n = lane_block * ${LANES} + local.x;
  let block = group.x / ${laneBlocks} * ${blocksAtOnce} + local.y;
  let part = group.y * ${laneBlocks} + lane_block;
  let k0 = min(block / ${channelGroups * filterGroups} * ${outBlocks * 4}, ${outChannels - 1});
  let c0 = block / ${filterGroups} % ${channelGroups} * ${channels};
  let a0 = i32(block % ${filterGroups} * ${filterRows});
  let z0 = (trial * ${outChannels} + k0) * ${outHeight * outWidth * lanes} + n;
  let x0 = (trial * ${inChannels} + c0) * ${height * width * lanes} + n;
${repeat(sumCount, (q) => `  var s${q} = vec4f();`)}
${
      repeat(
        channels * filterRows * kernel,
        (q) =>
          `  var x${Math.floor(q / (filterRows * kernel))}_${Math.floor(q / kernel) % filterRows}_${
            q % kernel
          } = 0.0;`,
      )
    }
${through ? repeat(outBlocks, (block) => through.prepare(block)) : ""}
  let first_row = i32(group.y * ${rows});
  for (var i = first_row; i < min(first_row + ${rows}, ${outHeight}); i++) {
    let row = i + a0 - ${padding};
    let x_row = x0 + u32(row * ${width}) * ${lanes};
    let z_row = z0 + u32(i * ${outWidth}) * ${lanes};
${repeat(kernel - 1, (slot) => `    ${loadColumn(slot, `${slot - padding}`)}`)}
    for (var turn = 0; turn < ${turns}; turn++) {
      let j = turn * ${kernel};
${repeat(kernel, (slot) => step(`(j + ${slot})`, slot))}
    }
${repeat(rest, (slot) => step(`${turns * kernel + slot}`, slot))}
  }
${repeat(rounds, round)}`,
  });
}

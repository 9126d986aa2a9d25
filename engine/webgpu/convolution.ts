/**
 * Convolution with any stride, padding, dilation and number of groups; on the way back its input's gradient is one
 * too, with the filters turned around and the elements of what enters spread apart. A linear layer is a 1×1
 * convolution of a 1×1 map.
 *
 * An invocation has one example and, in registers, a tile of output positions by four output channels: a loaded input
 * value is used for up to 4·K·K products, a loaded vector of weights for every position of the tile. Where a group has
 * a single output channel (a depthwise convolution) it has that one.
 *
 * Every output is one sum over c, a, b in this order, whatever the tile, with the bias behind it on a map and in front
 * otherwise; so tiles change the speed and no bit.
 *
 * @module
 */
import { type Binding, defineKernel, type Kernel, repeat } from "./kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "./layout.ts";

/**
 * output[k,i,j] = Σ(c,a,b) weight[k,c,a,b] · x[c, stride·i + dilation·a − padding, stride·j + dilation·b − padding],
 * c over the input channels of k's group, x zero outside.
 *
 * x is the input with its elements `spread` apart and zeros between them.
 */
export interface Convolution {
  readonly inChannels: number;
  readonly height: number;
  readonly width: number;
  readonly outChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly kernel: number;
  readonly stride: number;
  /** Negative where the input is cut, as it can be on the way back. */
  readonly padding: number;
  readonly dilation: number;
  readonly groups: number;
  /** 1 but on the way back of a stride. */
  readonly spread: number;
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
    stride: 1,
    padding: forward.dilation * (forward.kernel - 1) - forward.padding,
    dilation: forward.dilation,
    groups: forward.groups,
    spread: forward.stride,
  };
}

/** A linear layer as a convolution. */
export function linearConvolution(inputs: number, outputs: number): Convolution {
  return {
    inChannels: inputs,
    height: 1,
    width: 1,
    outChannels: outputs,
    outHeight: 1,
    outWidth: 1,
    kernel: 1,
    stride: 1,
    padding: 0,
    dilation: 1,
    groups: 1,
    spread: 1,
  };
}

/** Elements along an axis once they are spread apart. */
const spreadSize = (size: number, spread: number): number => (size - 1) * spread + 1;

/** Channels of a group: those that enter and those that leave. */
export const inOfGroup = ({ inChannels, groups }: Convolution): number => inChannels / groups;
export const outOfGroup = ({ outChannels, groups }: Convolution): number => outChannels / groups;

/** Output channels that are computed side by side in one vector. */
export const channelsAtOnce = (shape: Convolution): 1 | 4 => outOfGroup(shape) === 1 ? 1 : 4;

/** Vectors of output channels of a group. */
export const blocksOfGroup = (shape: Convolution): number =>
  Math.ceil(outOfGroup(shape) / channelsAtOnce(shape));

/** Pairs of an output and a filter position, along one axis, that meet an element of the input. */
function pairsInside(outputs: number, inputs: number, shape: Convolution): number {
  const { kernel, stride, padding, dilation, spread } = shape, size = spreadSize(inputs, spread);
  let pairs = 0;
  for (let i = 0; i < outputs; i++) {
    for (let a = 0; a < kernel; a++) {
      const at = stride * i + dilation * a - padding;
      if (at >= 0 && at < size && at % spread === 0) pairs++;
    }
  }
  return pairs;
}

/** Multiply-adds for one example, products with padding left out: the same for all three kernels of a layer. */
export function multiplyAdds(shape: Convolution): number {
  const { height, width, outChannels, outHeight, outWidth } = shape;
  return inOfGroup(shape) * outChannels * pairsInside(outHeight, height, shape) *
    pairsInside(outWidth, width, shape);
}

/** Output positions that one invocation has in registers. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
}

/** Most positions of a tile: 64 registers of sums. */
const MOST_POSITIONS = 16;
/** Most multiply-adds that are written out for an input channel; more would keep a driver's compiler busy for long. */
const MOST_UNROLLED = 2048;
/** A tile of whole rows of spread elements knows at compile time which of them are zeros; 4 × 4 is the largest. */
const MOST_ALIGNED = 4;

/** Rows (or columns) of the input that `outputs` neighbouring outputs look at. */
const windowOf = (outputs: number, { kernel, stride, dilation }: Convolution): number =>
  (outputs - 1) * stride + (kernel - 1) * dilation + 1;

/**
 * The tile that costs least for each output: a multiply-add by four channels and a load each take one cycle of a
 * multiprocessor; positions beyond the edge are computed for nothing.
 */
export function chooseTile(shape: Convolution): Tile {
  const { outHeight, outWidth, kernel, spread } = shape, taps = kernel * kernel;
  const most = Math.max(1, Math.min(MOST_POSITIONS, Math.floor(MOST_UNROLLED / taps)));
  const isAligned = (size: number, all: number) =>
    spread === 1 || spread > MOST_ALIGNED || size % spread === 0 || size === all;
  let best: Tile = { rows: 1, columns: 1 }, least = Infinity;
  for (let rows = 1; rows <= Math.min(outHeight, most); rows++) {
    for (let columns = 1; columns <= Math.min(outWidth, Math.floor(most / rows)); columns++) {
      if (!isAligned(rows, outHeight) || !isAligned(columns, outWidth)) continue;
      const products = rows * columns * taps;
      const loads = windowOf(rows, shape) * windowOf(columns, shape) + taps * rows;
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
export function tiling(shape: Convolution) {
  const tile = chooseTile(shape);
  const across = Math.ceil(shape.outWidth / tile.columns);
  return { tile, across, count: Math.ceil(shape.outHeight / tile.rows) * across };
}

/** WGSL of how many positions tile `at` (WGSL) has inside the output. */
export function positionsOfTile(shape: Convolution, at: string): string {
  const { outHeight, outWidth } = shape, { tile: { rows, columns }, across } = tiling(shape);
  return `f32(min(${rows}, ${outHeight} - ${at} / ${across} * ${rows}) * min(${columns}, ${outWidth} - ${at} % ${across} * ${columns}))`;
}

/** A divisor of work: the number up to `most` that leaves least of the last group idle, the larger of equals. */
export function groupSize(count: number, most: number): number {
  let best = 1;
  for (let size = 1; size <= Math.min(count, most); size++) {
    if (Math.ceil(count / size) * size <= Math.ceil(count / best) * best) best = size;
  }
  return best;
}

/** Words of packed weights: `[group][k of the group / V][c of the group][a][b][V]`, V = `channelsAtOnce`. */
export function packedWords(shape: Convolution): number {
  return shape.groups * blocksOfGroup(shape) * channelsAtOnce(shape) * inOfGroup(shape) * shape.kernel *
    shape.kernel;
}

/** Word of the packed weights that holds weight (c of the group, a·kernel + b) of output channel k. */
export function packedPlace(shape: Convolution, k: number, c: number, tap: number): number {
  const perGroup = outOfGroup(shape), vector = channelsAtOnce(shape), group = Math.floor(k / perGroup);
  const inGroup = k % perGroup, block = group * blocksOfGroup(shape) + Math.floor(inGroup / vector);
  return ((block * inOfGroup(shape) + c) * shape.kernel * shape.kernel + tap) * vector + inGroup % vector;
}

/** Words of packed biases, and the word of output channel k among them. */
export const packedBiasWords = (shape: Convolution): number =>
  shape.groups * blocksOfGroup(shape) * channelsAtOnce(shape);
export function packedBiasPlace(shape: Convolution, k: number): number {
  const perGroup = outOfGroup(shape), vector = channelsAtOnce(shape);
  return Math.floor(k / perGroup) * blocksOfGroup(shape) * vector + k % perGroup;
}

/** Where a layer's packed weights lie: words from `at` on, of `stride` for each trial; both multiples of four. */
export interface PackedWeights {
  readonly buffer: string;
  readonly stride: number;
  readonly at: number;
}

/** An index that is `base` (0 up to `most`, in turns of `turn`) plus `offset`, into `size` elements `spread` apart. */
interface Axis {
  readonly base: string;
  readonly most: number;
  readonly turn: number;
  readonly size: number;
  readonly spread: number;
}

/** Whether `base + offset` meets an element at all; undefined where that is only known on the device. */
function meets({ most, turn, spread, size }: Axis, offset: number): boolean | undefined {
  const fixed = most === 0, all = spreadSize(size, spread);
  if (fixed && (offset < 0 || offset >= all)) return false;
  const isAligned = fixed || turn % spread === 0;
  if (isAligned && ((offset % spread) + spread) % spread !== 0) return false;
  const canLeave = !fixed && (offset < 0 || most + offset >= all);
  return canLeave || !isAligned ? undefined : true;
}

/** WGSL of the condition that `meets` leaves open. */
function condition(axis: Axis, offset: number): string {
  const { base, most, turn, size, spread } = axis, at = `${base} + ${offset}`;
  const parts: string[] = [];
  if (offset < 0 || most + offset >= spreadSize(size, spread)) {
    parts.push(`${at} >= 0 && ${at} < ${spreadSize(size, spread)}`);
  }
  if (spread > 1 && most > 0 && turn % spread !== 0) parts.push(`(${at}) % ${spread} == 0`);
  return parts.join(" && ");
}

/** WGSL of the element that is met. */
const element = ({ base, spread }: Axis, offset: number): string =>
  spread === 1 ? `(${base} + ${offset})` : `((${base} + ${offset}) / ${spread})`;

/** What the convolution kernel is written for. */
export interface ConvolutionOptions {
  readonly label: string;
  readonly shape: Convolution;
  readonly lanes: number;
  readonly input: string;
  readonly output?: string;
  readonly weights: PackedWeights;
  /** Word of the packed biases. */
  readonly biasAt?: number;
  readonly sums?: string;
  readonly normalize?: { readonly stride: number; readonly at: number };
}

/** WGSL of the products of one input channel `c` of the group with weights from `w0` on. */
function channelProducts({ shape, lanes }: ConvolutionOptions): string {
  const { height, width, kernel, stride, padding, dilation, spread } = shape;
  const { tile: { rows, columns }, across, count } = tiling(shape), down = count / across;
  const splat = (value: string) => channelsAtOnce(shape) === 1 ? value : `vec4f(${value})`;
  const axis = (base: string, tiles: number, size: number, turn: number): Axis => ({
    base,
    most: (tiles - 1) * turn,
    turn,
    size,
    spread,
  });
  const vertical = axis(stride === 1 ? "i0" : `i0 * ${stride}`, down, height, rows * stride);
  const horizontal = axis(stride === 1 ? "j0" : `j0 * ${stride}`, across, width, columns * stride);
  // neighbours are whole rows of lanes apart unless elements are spread
  const load = (s: number): string =>
    spread === 1
      ? `input[at + ${s * lanes}]`
      : `input[at + u32(${element(horizontal, s - padding)}) * ${lanes}]`;

  const row = (r: number): string => {
    const used = new Set<number>(), products: string[] = [];
    for (let i = 0; i < rows; i++) {
      const reach = r - i * stride, a = reach / dilation;
      if (reach < 0 || reach % dilation !== 0 || a >= kernel) continue;
      for (let b = 0; b < kernel; b++) {
        const terms = [];
        for (let j = 0; j < columns; j++) {
          const s = j * stride + b * dilation;
          // what is outside for certain costs nothing
          if (meets(horizontal, s - padding) === false) continue;
          used.add(s);
          terms.push(`s${i}_${j} = fma(${splat(`x${s}`)}, w, s${i}_${j});`);
        }
        if (terms.length > 0) {
          products.push(`{ let w = weights[w0 + ${a * kernel + b}]; ${terms.join(" ")} }`);
        }
      }
    }
    const met = meets(vertical, r - padding);
    if (met === false || products.length === 0) return "";
    const loads = [...used].map((s) =>
      meets(horizontal, s - padding) === undefined
        ? `var x${s} = 0.0; if (${condition(horizontal, s - padding)}) { x${s} = ${load(s)}; }`
        : `let x${s} = ${load(s)};`
    );
    const place = `(c * ${height} + ${element(vertical, r - padding)}) * ${width}`;
    const body = [
      spread === 1
        ? `let at = u32(${place} + ${horizontal.base} - ${padding}) * ${lanes} + x0;`
        : `let at = u32(${place}) * ${lanes} + x0;`,
      ...loads,
      ...products,
    ].join("\n      ");
    return met === undefined
      ? `    if (${condition(vertical, r - padding)}) {\n      ${body}\n    }`
      : `    {\n      ${body}\n    }`;
  };
  return `    let w0 = w_block + u32(c) * ${kernel * kernel};
${repeat(windowOf(rows, shape), row)}`;
}

/** WGSL that stores the tile's sums of one channel of the block, and what the batch norm behind wants of them. */
function storeTile({ shape, lanes, output, sums, normalize }: ConvolutionOptions): string {
  const { outChannels, outHeight, outWidth } = shape, { tile: { rows, columns }, count } = tiling(shape);
  const vector = channelsAtOnce(shape), perGroup = outOfGroup(shape);
  const positions = Array.from({ length: rows * columns }, (_, p) => [Math.floor(p / columns), p % columns]);
  const guarded = (i: number, j: number, code: string): string => {
    const conditions = [];
    if (outHeight % rows !== 0 && i > 0) conditions.push(`i0 + ${i} < ${outHeight}`);
    if (outWidth % columns !== 0 && j > 0) conditions.push(`j0 + ${j} < ${outWidth}`);
    return conditions.length > 0 ? `if (${conditions.join(" && ")}) { ${code} }` : code;
  };
  const each = (code: (i: number, j: number) => string) =>
    positions.map(([i, j]) => guarded(i, j, code(i, j))).join("\n      ");
  const storeChannel = (q: number): string => {
    const sum = (i: number, j: number) => vector === 1 ? `s${i}_${j}` : `s${i}_${j}[${q}]`;
    // written so that not-a-number stays
    const value = (i: number, j: number) =>
      normalize ? `relu(fma(${sum(i, j)} - coefficient.x, coefficient.z, coefficient.w))` : sum(i, j);
    const stores = output
      ? each((i, j) => `output[to + ${(i * outWidth + j) * lanes}] = ${value(i, j)};`)
      : "";
    const tileSums = `    if (step.training != 0u) {
      var total = 0.0;
      var count = 0.0;
      ${each((i, j) => `total += ${sum(i, j)}; count += 1.0;`)}
      let mean = total / count;
      var squares = 0.0;
      var d = 0.0;
      ${each((i, j) => `d = ${sum(i, j)} - mean; squares = fma(d, d, squares);`)}
      sums[((trial * ${outChannels} + k) * ${count} + group.y) * ${lanes} + n] = vec2f(total, squares);
    }`;
    const code = `    let k = k0 + ${q};
    ${normalize ? `let coefficient = coefficients[trial * ${normalize.stride} + ${normalize.at} + k];` : ""}
    let to = (((trial * ${outChannels} + k) * ${outHeight} + u32(i0)) * ${outWidth} + u32(j0)) * ${lanes} + n;
    ${stores}
${sums ? tileSums : ""}`;
    return perGroup % vector !== 0 && q > 0
      ? `  if (in_group + ${q} < ${perGroup}) {\n${code}\n  }`
      : `  {\n${code}\n  }`;
  };
  return repeat(vector, storeChannel);
}

/**
 * Computes `output` from `input` and packed weights; without `output`, the sums alone.
 *
 * - `input`   [T,C,H,W,N] f32
 * - `weights` [T,stride] f32; this layer's start at `weights.at`, see `packedWords`
 * - `bias`    if `biasAt` is given: from that word of `weights` on
 * - `output`  [T,K,OH,OW,N] f32; behind batch norm and ReLU if `normalize` is given
 * - `sums`    if given: [T,K,tiles,N] vec2f, a tile's sum and its sum of squared deviations from its own mean
 */
export function convolutionKernel(options: ConvolutionOptions): Kernel {
  const { label, shape, lanes, weights, biasAt, output, sums, normalize } = options;
  const { inChannels, height, width, outChannels, outHeight, outWidth, kernel, groups } = shape;
  const { tile: { rows, columns }, across, count } = tiling(shape);
  const vector = channelsAtOnce(shape), perGroup = blocksOfGroup(shape), inputs = inOfGroup(shape);
  const laneBlocks = lanes / LANES, blocks = groups * perGroup;
  const blocksAtOnce = groupSize(blocks, MAXIMUM_INVOCATIONS / LANES);
  const bindings: Record<string, Binding> = {
    input: { buffer: options.input, type: "f32" },
    weights: { buffer: weights.buffer, type: vector === 1 ? "f32" : "vec4f" },
    ...(output ? { output: { buffer: output, type: "f32", write: true } as const } : {}),
    ...(normalize ? { coefficients: { buffer: "coefficients", type: "vec4f" } as const } : {}),
    ...(sums ? { sums: { buffer: sums, type: "vec2f", write: true } as const } : {}),
  };
  const channel = channelProducts(options);
  // several channels a turn where one has little to do, so that their loads overlap
  const unrolled = Math.max(1, Math.min(8, inputs, Math.floor(16 / (rows * columns * kernel * kernel))));
  const turns = Math.floor(inputs / unrolled), rest = inputs - turns * unrolled;
  const tileNames = Array.from(
    { length: rows * columns },
    (_, p) => `s${Math.floor(p / columns)}_${p % columns}`,
  );
  const zero = vector === 1 ? "0.0" : "vec4f()";
  const bias = biasAt === undefined
    ? undefined
    : `weights[(trial * ${weights.stride} + ${biasAt}) / ${vector} + block]`;
  // on a map it is added last, so that sums which are equal without it are equal with it, as a max-pool wants them
  const isMap = outHeight * outWidth > 1;
  const start = bias !== undefined && !isMap ? bias : zero;
  const addBias = bias === undefined || !isMap
    ? ""
    : `  let bias = ${bias};\n${tileNames.map((name) => `  ${name} += bias;`).join("\n")}`;

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
  let of_group = block / ${perGroup};
  let in_group = block % ${perGroup} * ${vector};
  let k0 = of_group * ${outOfGroup(shape)} + in_group;
  let i0 = i32(group.y / ${across} * ${rows});
  let j0 = i32(group.y % ${across} * ${columns});
  let x0 = (trial * ${inChannels} + of_group * ${inputs}) * ${height * width * lanes} + n;
  let w_block = (trial * ${weights.stride} + ${weights.at}) / ${vector} + block * ${inputs * kernel * kernel};
${tileNames.map((name) => `  var ${name} = ${start};`).join("\n")}
  for (var turn = 0; turn < ${turns}; turn++) {
${repeat(unrolled, (u) => `    {\n    let c = turn * ${unrolled} + ${u};\n${channel}\n    }`)}
  }
${repeat(rest, (u) => `  {\n    let c = ${turns * unrolled + u};\n${channel}\n  }`)}
${addBias}
${storeTile(options)}`,
  });
}

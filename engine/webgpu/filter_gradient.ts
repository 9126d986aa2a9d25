/**
 * The gradient of a convolution's filters, added up over parts of the batch and of the map.
 *
 * @module
 */
import { blocksOf, type Convolution, groupSize, multiplyAdds } from "./conv2d.ts";
import { type Binding, defineKernel, type Kernel, repeat } from "./kernel.ts";
import { LANES } from "./layout.ts";

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
 * - `partial` [T,stride] f32; this layer's start at `partial.at`, [parts][k][c][a][b], and behind those, if
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

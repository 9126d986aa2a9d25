/**
 * The gradient of a convolution's filters, added up over parts of the batch and of the map.
 *
 * @module
 */
import {
  blocksOfGroup,
  channelsAtOnce,
  type Convolution,
  groupSize,
  inOfGroup,
  multiplyAdds,
  outOfGroup,
} from "./convolution.ts";
import { type Binding, defineKernel, type Kernel, repeat } from "./kernel.ts";
import { LANES, MAXIMUM_WORKGROUP_BYTES } from "./layout.ts";

/** How the gradient of a layer's filters is cut into workgroups. */
export interface FilterBlocks {
  /** Input channels, vectors of output channels and filter rows that an invocation has in registers. */
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

/** Most vectors of sums in an invocation's registers. */
const MOST_SUMS = 18;
/** Output positions that a workgroup adds up, about; fewer would spend their time on the sum over examples. */
const POSITIONS_AT_ONCE = 256;

/** The blocks of a convolution's filter gradient. */
export function filterBlocks(shape: Convolution, lanes: number): FilterBlocks {
  const { outHeight, outWidth, kernel } = shape;
  const filterRows = kernel * kernel <= 25 ? kernel : 1;
  const room = Math.max(1, Math.floor(MOST_SUMS / (filterRows * kernel)));
  const outBlocks = Math.min(blocksOfGroup(shape), room >= 8 ? 2 : 1);
  const channels = Math.max(1, Math.min(inOfGroup(shape), Math.floor(room / outBlocks), 4));
  const rowGroups = Math.max(1, Math.round(outHeight * outWidth / POSITIONS_AT_ONCE));
  const rows = Math.ceil(outHeight / rowGroups);
  return { channels, outBlocks, filterRows, rows, parts: Math.ceil(outHeight / rows) * lanes / LANES };
}

/** Lanes that a turn of the sum over examples adds up. */
const LANES_UNROLLED = 8;

/** What the filter gradient's kernel is written for. */
export interface FilterGradientOptions {
  readonly label: string;
  readonly shape: Convolution;
  readonly lanes: number;
  readonly input: string;
  readonly dOutput: string;
  readonly partial: { readonly buffer: string; readonly stride: number; readonly at: number };
  readonly biasPartialAt?: number;
  readonly through?: GradientThroughNorm;
}

/** How many blocks of each sort there are, and the sums of a block. */
function countBlocks(options: FilterGradientOptions) {
  const { shape, lanes, biasPartialAt } = options;
  const blocks = filterBlocks(shape, lanes), { channels, outBlocks, filterRows } = blocks;
  const channelGroups = Math.ceil(inOfGroup(shape) / channels);
  const outGroups = Math.ceil(blocksOfGroup(shape) / outBlocks);
  const filterGroups = shape.kernel / filterRows;
  const weightSums = channels * filterRows * shape.kernel * outBlocks;
  return {
    ...blocks,
    channelGroups,
    filterGroups,
    /** Of a group of channels. */
    inGroup: channelGroups * outGroups * filterGroups,
    weightSums,
    sumCount: weightSums + (biasPartialAt === undefined ? 0 : outBlocks),
  };
}

/** WGSL that goes along a row of the output, the window of the input in registers `x{c}_{a}_{slot}`. */
function alongRow(options: FilterGradientOptions): string {
  const { shape, lanes, biasPartialAt, through } = options;
  const { height, width, outHeight, outWidth, kernel, stride, padding, dilation } = shape;
  const { channels, outBlocks, filterRows, weightSums } = countBlocks(options);
  const vector = channelsAtOnce(shape);
  const isInside = (value: string, size: number) => `${value} >= 0 && ${value} < ${size}`;
  // without padding every window lies inside
  const canLeave = padding > 0;
  /** Loads column `column` (WGSL) of the window into slot `slot`. */
  const loadColumn = (slot: number, column: string): string => {
    const loads: string[] = [];
    for (let c = 0; c < channels; c++) {
      for (let a = 0; a < filterRows; a++) {
        const load = `input[x_row + u32((${c * height + a * dilation}) * ${width} + column) * ${lanes}]`;
        loads.push(
          canLeave
            ? `x${c}_${a}_${slot} = 0.0; if (${
              isInside(`row + ${a * dilation}`, height)
            } && column_inside) { x${c}_${a}_${slot} = ${load}; }`
            : `x${c}_${a}_${slot} = ${load};`,
        );
      }
    }
    return `{ let column = ${column}; ${
      canLeave ? `let column_inside = ${isInside("column", width)};` : ""
    }\n        ${loads.join("\n        ")} }`;
  };
  /** The products of the position in column `j` (WGSL), whose window starts in slot `first`. */
  const position = (j: string, first: number): string => {
    const lines = [`let at = dy_row + u32(${j}) * ${lanes};`];
    for (let k = 0; k < outBlocks; k++) {
      const of = (buffer: string, q: number) =>
        `${buffer}[at + ${(k * vector + q) * outHeight * outWidth * lanes}]`;
      const channels = (buffer: string) =>
        vector === 1 ? of(buffer, 0) : `vec4f(${[0, 1, 2, 3].map((q) => of(buffer, q)).join(", ")})`;
      const window = (a: number, b: number) => `x0_${a}_${(first + b) % kernel}`;
      lines.push(through ? through.load(k, { channels, window }) : `let d${k} = ${channels("dOutput")};`);
    }
    for (let c = 0; c < channels; c++) {
      for (let a = 0; a < filterRows; a++) {
        for (let b = 0; b < kernel; b++) {
          for (let k = 0; k < outBlocks; k++) {
            const q = ((c * filterRows + a) * kernel + b) * outBlocks + k;
            const x = `x${c}_${a}_${(first + b) % kernel}`;
            lines.push(`s${q} = fma(${vector === 1 ? x : `vec4f(${x})`}, d${k}, s${q});`);
          }
        }
      }
    }
    if (biasPartialAt !== undefined) {
      for (let k = 0; k < outBlocks; k++) lines.push(`s${weightSums + k} += d${k};`);
    }
    return lines.join("\n        ");
  };
  if (stride > 1 || dilation > 1) {
    // neighbouring windows have few columns in common: load each whole
    return `    for (var j = 0; j < ${outWidth}; j++) {
      {
        ${repeat(kernel, (b) => loadColumn(b, `j * ${stride} + ${b * dilation - padding}`))}
        ${position("j", 0)}
      }
    }`;
  }
  // the window moves through its slots in turn, so a turn of `kernel` positions moves no value
  const step = (j: string, slot: number) =>
    `      {
        ${loadColumn((slot + kernel - 1) % kernel, `${j} + ${kernel - 1 - padding}`)}
        ${position(j, slot)}
      }`;
  // a large filter's turn would be too much code: its window moves its values
  if (kernel > 7) {
    return `${repeat(kernel - 1, (slot) => `    ${loadColumn(slot, `${slot - padding}`)}`)}
    for (var j = 0; j < ${outWidth}; j++) {
${step("j", 0)}
${
      repeat(channels * filterRows, (q) =>
        repeat(kernel - 1, (slot) => {
          const name = (s: number) => `x${Math.floor(q / filterRows)}_${q % filterRows}_${s}`;
          return `      ${name(slot)} = ${name(slot + 1)};`;
        }))
    }
    }`;
  }
  const turns = Math.floor(outWidth / kernel), rest = outWidth - turns * kernel;
  return `${repeat(kernel - 1, (slot) => `    ${loadColumn(slot, `${slot - padding}`)}`)}
    for (var turn = 0; turn < ${turns}; turn++) {
      let j = turn * ${kernel};
${repeat(kernel, (slot) => step(`(j + ${slot})`, slot))}
    }
${repeat(rest, (slot) => step(`${turns * kernel + slot}`, slot))}`;
}

/** WGSL function that stores sum `q` of a block where it belongs. */
function storeFunction(options: FilterGradientOptions): string {
  const { shape, partial, biasPartialAt } = options;
  const { outChannels, kernel } = shape, inputs = inOfGroup(shape), outputs = outOfGroup(shape);
  const { channels, outBlocks, filterRows, channelGroups, filterGroups, inGroup, weightSums } = countBlocks(
    options,
  );
  const vector = channelsAtOnce(shape);
  return `// where sum \`q\` of a block belongs
fn store(trial: u32, part: u32, block: u32, q: u32, component: u32, total: f32) {
  let of_group = block / ${inGroup};
  let in_group = block % ${inGroup};
  let k_in_group = in_group / ${channelGroups * filterGroups} * ${
    outBlocks * vector
  } + q % ${outBlocks} * ${vector} + component;
  let c0 = in_group / ${filterGroups} % ${channelGroups} * ${channels};
  let a0 = in_group % ${filterGroups} * ${filterRows};
  if (k_in_group >= ${outputs}) { return; }
  let k = of_group * ${outputs} + k_in_group;
${
    biasPartialAt === undefined ? "" : `  if (q >= ${weightSums}) {
    if (c0 == 0 && a0 == 0) { partials[trial * ${partial.stride} + ${biasPartialAt} + part * ${outChannels} + k] = total; }
    return;
  }
`
  }  let tap = q / ${outBlocks};
  let c = c0 + tap / ${filterRows * kernel};
  let a = a0 + tap / ${kernel} % ${filterRows};
  if (c >= ${inputs}) { return; }
  let at = ((k * ${inputs} + c) * ${kernel} + a) * ${kernel} + tap % ${kernel};
  partials[trial * ${partial.stride} + ${partial.at} + part * ${
    outChannels * inputs * kernel * kernel
  } + at] = total;
}`;
}

/**
 * Adds up the gradient of the filters over parts of the batch and of the map.
 *
 * dFilter[k,c,a,b] = Σ(n,i,j) dOutput[k,i,j] · input[c, stride·i + dilation·a − padding, stride·j + dilation·b − padding]
 *
 * - `input`   [T,C,H,W,N] f32
 * - `dOutput` [T,K,OH,OW,N] f32, zero for examples that are none
 * - `partial` [T,stride] f32; this layer's start at `partial.at`, [parts][k][c of the group][a][b]; if
 *   `biasPartialAt` is given, Σ dOutput lies there as [parts][k]
 *
 * An invocation goes through the positions of its rows with one example, the filter's window of the input in
 * registers; then the examples of a workgroup are added up in their order. The optimizer adds the parts.
 *
 * With `through`, `dOutput` arrives behind batch norm and ReLU, and the gradient in front of them is computed where it
 * is used and never stored: worth it where nothing else needs it.
 */
export function filterGradientKernel(options: FilterGradientOptions): Kernel {
  const { label, shape, lanes, partial, through } = options;
  const { inChannels, height, width, outChannels, outHeight, outWidth, kernel, stride, padding, dilation } =
    shape;
  const { channels, outBlocks, filterRows, rows, channelGroups, filterGroups, inGroup, sumCount } =
    countBlocks(options);
  const vector = channelsAtOnce(shape), type = vector === 1 ? "f32" : "vec4f";
  const inputs = inOfGroup(shape), outputs = outOfGroup(shape);
  const laneBlocks = lanes / LANES, rowGroups = Math.ceil(outHeight / rows);
  const blocks = shape.groups * inGroup, blocksAtOnce = groupSize(blocks, 4);
  const between = LANES + 1, totals = vector * sumCount;
  // sums that the lanes of a block add up at once, as many as there is memory for; 33 vectors a sum keep banks apart
  const room = MAXIMUM_WORKGROUP_BYTES - 4 * blocksAtOnce * totals;
  const atOnce = Math.min(8, sumCount, Math.floor(room / (4 * vector * blocksAtOnce * between)));

  const round = (r: number): string => {
    const here = Math.min(atOnce, sumCount - r * atOnce);
    return `  ${r > 0 ? "workgroupBarrier();" : ""}
${
      repeat(
        here,
        (q) => `  shared_sums[(local.y * ${atOnce} + ${q}) * ${between} + local.x] = s${r * atOnce + q};`,
      )
    }
  workgroupBarrier();
  if (local.x < ${vector * here}) {
    let q = local.x / ${vector};
    var total = 0.0;
    for (var lane = 0u; lane < used_lanes; lane += ${LANES_UNROLLED}u) {
${
      repeat(LANES_UNROLLED, (lane) =>
        `      total += shared_sums[(local.y * ${atOnce} + q) * ${between} + lane + ${lane}]${
          vector === 1 ? "" : `[local.x % ${vector}]`
        };`)
    }
    }
    shared_totals[local.y * ${totals} + ${r * atOnce * vector} + local.x] = total;
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
    declarations: `var<workgroup> shared_sums: array<${type}, ${blocksAtOnce * atOnce * between}>;
var<workgroup> shared_totals: array<f32, ${blocksAtOnce * totals}>;

${storeFunction(options)}`,
    body: `  let lane_block = group.x % ${laneBlocks};
  let n = lane_block * ${LANES} + local.x;
  let block = group.x / ${laneBlocks} * ${blocksAtOnce} + local.y;
  let part = group.y * ${laneBlocks} + lane_block;
  let of_group = min(block / ${inGroup}, ${shape.groups - 1});
  let in_group = block % ${inGroup};
  let k0 = of_group * ${outputs} + min(in_group / ${channelGroups * filterGroups} * ${outBlocks * vector}, ${
      outputs - 1
    });
  let c0 = of_group * ${inputs} + in_group / ${filterGroups} % ${channelGroups} * ${channels};
  let a0 = i32(in_group % ${filterGroups} * ${filterRows});
  let dy0 = (trial * ${outChannels} + k0) * ${outHeight * outWidth * lanes} + n;
  let x0 = (trial * ${inChannels} + c0) * ${height * width * lanes} + n;
${repeat(sumCount, (q) => `  var s${q} = ${type}();`)}
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
    let row = ${stride === 1 ? "i" : `i * ${stride}`} + ${
      dilation === 1 ? "a0" : `a0 * ${dilation}`
    } - ${padding};
    let x_row = x0 + u32(row * ${width}) * ${lanes};
    let dy_row = dy0 + u32(i * ${outWidth}) * ${lanes};
${alongRow(options)}
  }
  // what lies beyond the batch is zero; a loop of a length that a driver does not know is not unrolled for long
  let used_lanes = min(${LANES}u, max(step.examples, lane_block * ${LANES}) - lane_block * ${LANES});
${repeat(Math.ceil(sumCount / atOnce), round)}
  workgroupBarrier();
  if (block < ${blocks}) {
    for (var at = local.x; at < ${totals}; at += ${LANES}) {
      store(trial, part, block, at / ${vector}, at % ${vector}, shared_totals[local.y * ${totals} + at]);
    }
  }`,
  });
}

/**
 * Max-pool where no convolution stands before it, and the global average pool; forward and backward.
 *
 * @module
 */
import { defineKernel, type Kernel } from "./kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS, product } from "./layout.ts";

const ROWS = MAXIMUM_INVOCATIONS / LANES;

/** A pooling layer with the buffers of its input and output, values or gradients. */
export interface Pool {
  readonly label: string;
  readonly lanes: number;
  /** [C,H,W] */
  readonly shape: readonly number[];
  readonly input: string;
  readonly output: string;
}

/** output[c,i,j] = the largest of a window of `size`²; rows and columns that fill none are left out. */
export function maxPoolKernel({ label, lanes, shape, input, output }: Pool, size: number): Kernel {
  const [channels, height, width] = shape;
  const outHeight = Math.floor(height / size), outWidth = Math.floor(width / size);
  const elements = channels * outHeight * outWidth;
  return defineKernel({
    label,
    bindings: {
      input: { buffer: input, type: "f32" },
      output: { buffer: output, type: "f32", write: true },
    },
    size: [LANES, ROWS],
    workgroups: [lanes / LANES, Math.ceil(elements / ROWS)],
    work: { bytes: 4 * lanes * (product(shape) + elements) },
    body: `${windowOf({ lanes, shape, size })}
  var best = input[start];
  for (var a = 0u; a < ${size}; a++) {
    for (var b = 0u; b < ${size}; b++) {
      let value = input[start + (a * ${width} + b) * ${lanes}];
      best = select(best, value, value > best);
    }
  }
  output[at] = best;`,
  });
}

/**
 * The gradient goes to the first maximum of a window, row by row; the rest of the window gets zeros. What is in no
 * window is never written and stays zero.
 */
export function maxPoolGradientKernel(
  { label, lanes, shape, input, output }: Pool,
  { size, dInput, dOutput }: { readonly size: number; readonly dInput: string; readonly dOutput: string },
): Kernel {
  const [channels, height, width] = shape;
  const elements = channels * Math.floor(height / size) * Math.floor(width / size);
  return defineKernel({
    label,
    bindings: {
      input: { buffer: input, type: "f32" },
      output: { buffer: output, type: "f32" },
      d_output: { buffer: dOutput, type: "f32" },
      d_input: { buffer: dInput, type: "f32", write: true },
    },
    size: [LANES, ROWS],
    workgroups: [lanes / LANES, Math.ceil(elements / ROWS)],
    work: { bytes: 8 * lanes * (product(shape) + elements) },
    body: `${windowOf({ lanes, shape, size })}
  let best = output[at];
  var g = d_output[at];
  for (var a = 0u; a < ${size}; a++) {
    for (var b = 0u; b < ${size}; b++) {
      let place = start + (a * ${width} + b) * ${lanes};
      let wins = input[place] == best;
      d_input[place] = select(0.0, g, wins);
      g = select(g, 0.0, wins);
    }
  }`,
  });
}

/** WGSL that finds an invocation's window: element `at` of the output, `start` of the input. */
function windowOf(
  { lanes, shape, size }: { lanes: number; shape: readonly number[]; size: number },
): string {
  const [channels, height, width] = shape;
  const outHeight = Math.floor(height / size), outWidth = Math.floor(width / size);
  const map = outHeight * outWidth, elements = channels * map;
  return `  let n = group.x * ${LANES} + local.x;
  let e = group.y * ${ROWS} + local.y;
  if (e >= ${elements}) { return; }
  let at = (trial * ${elements} + e) * ${lanes} + n;
  let start = ((trial * ${channels} + e / ${map}) * ${height * width} + e % ${map} / ${outWidth} * ${
    size * width
  } + e % ${outWidth} * ${size}) * ${lanes} + n;`;
}

/** output[c] = mean of input[c,i,j], added up in order. */
export function averagePoolKernel({ label, lanes, shape, input, output }: Pool): Kernel {
  const [channels, height, width] = shape, map = height * width;
  return defineKernel({
    label,
    bindings: {
      input: { buffer: input, type: "f32" },
      output: { buffer: output, type: "f32", write: true },
    },
    size: [LANES, ROWS],
    workgroups: [lanes / LANES, Math.ceil(channels / ROWS)],
    work: { bytes: 4 * lanes * channels * (map + 1) },
    body: `  let n = group.x * ${LANES} + local.x;
  let c = group.y * ${ROWS} + local.y;
  if (c >= ${channels}) { return; }
  let at = trial * ${channels} + c;
  var total = 0.0;
  for (var p = 0u; p < ${map}; p++) { total += input[(at * ${map} + p) * ${lanes} + n]; }
  output[at * ${lanes} + n] = total / ${map};`,
  });
}

/** dInput[c,i,j] = dOutput[c] / (H·W); here `input` and `output` of the pool are those gradients. */
export function averagePoolGradientKernel({ label, lanes, shape, input, output }: Pool): Kernel {
  const [channels, height, width] = shape, map = height * width, elements = channels * map;
  return defineKernel({
    label,
    bindings: {
      d_output: { buffer: output, type: "f32" },
      d_input: { buffer: input, type: "f32", write: true },
    },
    size: [LANES, ROWS],
    workgroups: [lanes / LANES, Math.ceil(elements / ROWS)],
    work: { bytes: 4 * lanes * channels * (map + 1) },
    body: `  let n = group.x * ${LANES} + local.x;
  let e = group.y * ${ROWS} + local.y;
  if (e >= ${elements}) { return; }
  d_input[(trial * ${elements} + e) * ${lanes} + n] =
    d_output[(trial * ${channels} + e / ${map}) * ${lanes} + n] / ${map};`,
  });
}

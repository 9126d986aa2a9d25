/**
 * Convolution by its definition, any kernel size and padding, forward and backward, for one group of eight
 * examples.
 *
 *   y[k,i,j] = Σ(c,a,b) weight[k,c,a,b] · input[c,i+a,j+b]            (input with its padding)
 *   dWeight[k,c,a,b] = Σ(i,j, examples) dy[k,i,j] · input[c,i+a,j+b]
 *   dInput[c,i,j] = Σ(k,a,b) weight[k,c,a,b] · dy[k,i−a,j−b]          (as a convolution with flipped weights)
 *
 * The bias is not here: batch norm follows and takes it out again.
 * Order of sums: c, a, b ascending (k, a, b in dInput, with a and b descending in the weight); positions row by
 * row, the eight lanes apart; then the two halves, then the four lanes as (0 + 2) + (1 + 3).
 *
 * @module
 */
import {
  advance,
  f32,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  i32,
  loadPair,
  type Local,
  type ModuleBuilder,
  repeat,
  set,
  setPair,
  type Stmt,
  storePair,
  V128,
  v128,
} from "./assembler.ts";
import {
  channelBytes,
  type ConvShape,
  evenBlocks,
  imageOffset,
  outputHeight,
  outputWidth,
  type Plane,
  POSITION_BYTES,
  rowBytes,
  starts,
} from "./layout.ts";
import { sumLanes } from "./reduction.ts";

/** Output channels that, with two vectors each, fit into fifteen registers beside their operands. */
const CHANNELS_IN_REGISTERS = 6;

/** Products up to this many terms are unrolled whole; longer ones loop over input channels. */
const UNROLLED_TERMS = 72;

/** Sums of a weight gradient that are kept in registers: output channels by terms. */
const WEIGHT_BLOCK = { rows: 3, terms: 3 };

/** What the weight gradient needs of a worker's scratch memory. */
export const SCRATCH_BYTES = WEIGHT_BLOCK.rows * WEIGHT_BLOCK.terms * POSITION_BYTES;

/** Where everything of a direct convolution lies. */
export interface DirectPlan {
  readonly shape: ConvShape;
  readonly input: Plane;
  readonly output: Plane;
  /** Of dy: zeros around the image, so that dInput is a convolution too. */
  readonly outputGradient: Plane;
  readonly weights: number;
}

/** Lays out a convolution. */
export function planDirect(shape: ConvShape): DirectPlan {
  const { inputs, outputs, height, width, kernel, padding } = shape;
  const image = { channels: outputs, height: outputHeight(shape), width: outputWidth(shape) };
  const border = Math.max(0, kernel - 1 - padding);
  return {
    shape,
    input: {
      channels: inputs,
      height,
      width,
      rows: height + 2 * padding,
      columns: width + 2 * padding,
      border: padding,
    },
    output: { ...image, rows: image.height, columns: image.width, border: 0 },
    outputGradient: {
      ...image,
      rows: image.height + 2 * border,
      columns: image.width + 2 * border,
      border,
    },
    weights: inputs * outputs * kernel * kernel,
  };
}

/** to[r,i,j] = Σ(s,a,b) weight[r,s,a,b] · from[s,i+a,j+b], written to the image of the plane `to`. */
function convolve(
  f: FunctionBuilder,
  { from, to, kernel }: { from: Plane; to: Plane; kernel: number },
  pointers: { from: Local; weight: Local; to: Local },
): Stmt {
  const taps = kernel * kernel, terms = from.channels * taps;
  const unrolled = terms <= UNROLLED_TERMS ? from.channels : 1;
  const blocks = evenBlocks(to.channels, CHANNELS_IN_REGISTERS);
  const sums = f.pairs(blocks[0]), operand = f.pair(), factor = f.local(V128);
  const row = f.local(I32), column = f.local(I32), channel = f.local(I32);
  const source = f.local(I32), weight = f.local(I32), at = f.local(I32), out = f.local(I32);
  return starts(blocks).flatMap((first, b) => {
    const body: Stmt[] = [];
    for (let s = 0; s < unrolled; s++) {
      for (let tap = 0; tap < taps; tap++) {
        const offset = s * channelBytes(from) + Math.floor(tap / kernel) * rowBytes(from) +
          (tap % kernel) * POSITION_BYTES;
        body.push(loadPair(operand, get(at), offset));
        for (let r = 0; r < blocks[b]; r++) {
          body.push(
            set(factor, v128.load32Splat(get(weight), 4 * (r * terms + s * taps + tap))),
            setPair(sums[r], (h) => f32x4.madd(get(factor), get(operand[h]), get(sums[r][h]))),
          );
        }
      }
    }
    const used = sums.slice(0, blocks[b]);
    return [
      set(source, get(pointers.from)),
      set(out, i32.add(get(pointers.to), i32.const(imageOffset(to) + first * channelBytes(to)))),
      repeat(
        row,
        to.height,
        repeat(
          column,
          to.width,
          ...used.map((sum) => setPair(sum, () => v128.zero)),
          set(at, get(source)),
          set(weight, i32.add(get(pointers.weight), i32.const(4 * first * terms))),
          repeat(
            channel,
            from.channels / unrolled,
            ...body,
            ...(unrolled < from.channels ? [advance(at, channelBytes(from)), advance(weight, 4 * taps)] : []),
          ),
          ...used.map((sum, r) => storePair(get(out), sum, r * channelBytes(to))),
          advance(source, POSITION_BYTES),
          advance(out, POSITION_BYTES),
        ),
        advance(source, rowBytes(from) - to.width * POSITION_BYTES),
        advance(out, rowBytes(to) - to.width * POSITION_BYTES),
      ),
    ].flat();
  });
}

/** dWeight `[K,C·k·k]` of one slice. */
function weightGradient(
  f: FunctionBuilder,
  plan: DirectPlan,
  pointers: { input: Local; dOutput: Local; dWeight: Local; scratch: Local },
): Stmt {
  const { input, outputGradient } = plan, { kernel, outputs } = plan.shape;
  const taps = kernel * kernel, terms = input.channels * taps;
  const termOffset = (term: number) =>
    Math.floor(term / taps) * channelBytes(input) +
    Math.floor((term % taps) / kernel) * rowBytes(input) + (term % kernel) * POSITION_BYTES;
  const { scratch } = pointers;
  const row = f.local(I32), column = f.local(I32), block = f.local(I32);
  const from = f.local(I32), gradient = f.local(I32), gradientBlock = f.local(I32), out = f.local(I32);
  const sums = f.pairs(WEIGHT_BLOCK.rows * WEIGHT_BLOCK.terms), x = f.pairs(WEIGHT_BLOCK.terms), g = f.pair();
  const channelBlocks = evenBlocks(outputs, WEIGHT_BLOCK.rows);
  const termBlocks = evenBlocks(terms, WEIGHT_BLOCK.terms);

  /** Sums for `rows` output channels at `gradientBlock` and the terms `first` to `first + width − 1`. */
  const sumBlock = (rows: number, first: number, width: number): Stmt => {
    const used = sums.slice(0, rows * width);
    const body: Stmt[] = [];
    for (let t = 0; t < width; t++) body.push(loadPair(x[t], get(from), termOffset(first + t)));
    for (let k = 0; k < rows; k++) {
      body.push(loadPair(g, get(gradient), k * channelBytes(outputGradient)));
      for (let t = 0; t < width; t++) {
        const sum = used[k * width + t];
        body.push(setPair(sum, (h) => f32x4.madd(get(g[h]), get(x[t][h]), get(sum[h]))));
      }
    }
    return [
      ...used.map((sum) => setPair(sum, () => v128.zero)),
      set(from, get(pointers.input)),
      set(gradient, get(gradientBlock)),
      repeat(
        row,
        outputGradient.height,
        repeat(
          column,
          outputGradient.width,
          ...body,
          advance(from, POSITION_BYTES),
          advance(gradient, POSITION_BYTES),
        ),
        advance(from, rowBytes(input) - outputGradient.width * POSITION_BYTES),
        advance(gradient, rowBytes(outputGradient) - outputGradient.width * POSITION_BYTES),
      ),
      // through memory, each at a place of its own, so that the halves stay together until the end
      ...used.map((sum, i) => storePair(get(scratch), sum, i * POSITION_BYTES)),
      ...used.map((_, i) => {
        const half = (h: number) => v128.load(get(scratch), i * POSITION_BYTES + h);
        const offset = 4 * (Math.floor(i / width) * terms + first + (i % width));
        return f32.store(get(out), sumLanes(f32x4.add(half(0), half(16))), offset);
      }),
    ].flat();
  };
  /** The blocks of equal height, one after the other. */
  const sizes = [...new Set(channelBlocks)];
  return starts(termBlocks).flatMap((first, t) =>
    [
      set(gradientBlock, i32.add(get(pointers.dOutput), i32.const(imageOffset(outputGradient)))),
      set(out, get(pointers.dWeight)),
      ...sizes.map((rows) =>
        repeat(
          block,
          channelBlocks.filter((r) => r === rows).length,
          sumBlock(rows, first, termBlocks[t]),
          advance(gradientBlock, rows * channelBytes(outputGradient)),
          advance(out, 4 * rows * terms),
        )
      ),
    ].flat()
  );
}

/**
 * Adds the kernels of a convolution to a module, under `name`:
 *
 * - `name.forward(input, weight, output)`; weight `[K,C,k,k]`
 * - `name.weightGradient(input, dOutput, dWeight, scratch)`: dWeight of one slice; needs `SCRATCH_BYTES`
 * - `name.flip(weight, flipped)`, `name.inputGradient(dOutput, flipped, dInput)`, unless `inputGradient` is false
 */
export function directKernels(
  module: ModuleBuilder,
  name: string,
  plan: DirectPlan,
  { inputGradient = true }: { inputGradient?: boolean } = {},
): void {
  const { kernel, inputs, outputs } = plan.shape;
  module.function(`${name}.forward`, ["input", "weight", "output"], (f) => {
    const [from, weight, to] = f.parameters.map((p) => f.parameter(p));
    f.emit(convolve(f, { from: plan.input, to: plan.output, kernel }, { from, weight, to }));
  });
  module.function(`${name}.weightGradient`, ["input", "dOutput", "dWeight", "scratch"], (f) => {
    const [input, dOutput, dWeight, scratch] = f.parameters.map((p) => f.parameter(p));
    f.emit(weightGradient(f, plan, { input, dOutput, dWeight, scratch }));
  });
  if (!inputGradient) return;
  module.function(`${name}.inputGradient`, ["dOutput", "flipped", "dInput"], (f) => {
    const [from, weight, to] = f.parameters.map((p) => f.parameter(p));
    // outputs that saw nothing but padding
    const surplus = Math.max(0, plan.shape.padding - kernel + 1);
    const skipped = surplus * (rowBytes(plan.outputGradient) + POSITION_BYTES);
    f.emit(
      advance(from, skipped),
      convolve(f, { from: plan.outputGradient, to: plan.input, kernel }, { from, weight, to }),
    );
  });
  module.function(`${name}.flip`, ["weight", "flipped"], (f) => {
    // flipped[c,k,a,b] = weight[k,c,n−1−a,n−1−b]
    const taps = kernel * kernel;
    const weight = f.parameter("weight"), to = f.parameter("flipped");
    const k = f.local(I32), c = f.local(I32);
    const copy: Stmt[] = [];
    for (let tap = 0; tap < taps; tap++) {
      copy.push(f32.store(get(to), f32.load(get(weight), 4 * (taps - 1 - tap)), 4 * tap));
    }
    f.emit(repeat(
      k,
      outputs,
      repeat(c, inputs, ...copy, advance(weight, 4 * taps), advance(to, 4 * taps * outputs)),
      advance(to, 4 * taps * (1 - inputs * outputs)),
    ));
  });
}

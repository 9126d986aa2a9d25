/**
 * Convolution by its definition, any kernel size, stride, padding, dilation and groups, forward and backward, for one
 * slice of eight examples.
 *
 *   y[k,i,j] = bias[k] + Σ(c,a,b) weight[k,c,a,b] · x[c, stride·i + dilation·a, stride·j + dilation·b]   (x padded)
 *   dWeight, dBias: `weight_gradient.ts`
 *   dInput[c,i,j] = Σ(k,a,b) weight[k,c,a,b] · dy[k, (i + padding − dilation·a) / stride, (j + padding − dilation·b) / stride]
 *
 * with c over the input channels of k's group, k over the output channels of c's, and in dInput a and b for which
 * both places are whole. Such a and b are the same for every stride-th row and column, so dInput is made of stride²
 * interleaved parts, each a correlation of its own (`correlate.ts`): none does work for zeros between dy's elements.
 *
 * Order of sums: c, a, b ascending; in dInput k ascending, a and b descending.
 *
 * @module
 */
import type { ModuleBuilder } from "./assembler.ts";
import { correlate, type Correlation, type Tap } from "./correlate.ts";
import { type ConvolutionShape, type Plane, tightPlane } from "./layout.ts";
import { biasGradient, SCRATCH_BYTES, weightGradient } from "./weight_gradient.ts";

export { SCRATCH_BYTES };

/** Where everything of a direct convolution lies. Planes may be larger than they must. */
export interface DirectPlan {
  readonly shape: ConvolutionShape;
  /** Of x and dInput; zeros around the image as far as `directPlanes` says. */
  readonly input: Plane;
  readonly output: Plane;
  /** Of dy; zeros around the image, so that dInput is a correlation too. */
  readonly outputGradient: Plane;
}

/** `[K,OH,OW]` */
export function outputShape(s: ConvolutionShape): readonly [number, number, number] {
  const extent = (size: number) =>
    Math.floor((size + 2 * s.padding - s.dilation * (s.kernel - 1) - 1) / s.stride) + 1;
  return [s.outputs, extent(s.height), extent(s.width)];
}

/** The plane of an image that is read from `before` rows and columns before it to `after` behind it. */
function surroundedPlane(
  [channels, height, width]: readonly [number, number, number],
  before: number,
  after: readonly [number, number],
): Plane {
  const border = Math.max(0, before);
  return {
    channels,
    height,
    width,
    rows: border + height + Math.max(0, after[0]),
    columns: border + width + Math.max(0, after[1]),
    border,
  };
}

/** Along one axis: what the places `phase`, `phase` + stride, … of dInput are made of. */
function phaseTaps(s: ConvolutionShape, phase: number): { readonly at: number; readonly tap: number }[] {
  return Array.from({ length: s.kernel }, (_, i) => s.kernel - 1 - i).flatMap((tap) => {
    const place = phase + s.padding - s.dilation * tap;
    return place % s.stride === 0 ? [{ at: place / s.stride, tap }] : [];
  });
}

/** Places `phase`, `phase` + stride, … below `size`. */
const phaseExtent = (s: ConvolutionShape, size: number, phase: number): number =>
  Math.ceil((size - phase) / s.stride);

/** First places of the correlations along an axis of `size` places: no more than there are, whatever the stride. */
const phases = (s: ConvolutionShape, size: number): number[] =>
  Array.from({ length: Math.min(s.stride, size) }, (_, phase) => phase);

/** How far along one axis of `size` places dInput reads before and behind dy's `outputs` places. */
function gradientReach(
  s: ConvolutionShape,
  size: number,
  outputs: number,
): { before: number; after: number } {
  let before = 0, after = 0;
  for (const phase of phases(s, size)) {
    for (const { at } of phaseTaps(s, phase)) {
      before = Math.max(before, -at);
      after = Math.max(after, at + phaseExtent(s, size, phase) - outputs);
    }
  }
  return { before, after };
}

/** The least planes of a convolution. */
export function directPlanes(s: ConvolutionShape): Omit<DirectPlan, "shape"> {
  const image = outputShape(s), [, height, width] = image;
  const behind = (size: number, outputs: number) =>
    s.stride * (outputs - 1) + s.dilation * (s.kernel - 1) - s.padding - (size - 1);
  const rows = gradientReach(s, s.height, height), columns = gradientReach(s, s.width, width);
  return {
    input: surroundedPlane([s.inputs, s.height, s.width], s.padding, [
      behind(s.height, height),
      behind(s.width, width),
    ]),
    output: tightPlane(image),
    outputGradient: surroundedPlane(image, Math.max(rows.before, columns.before), [
      rows.after,
      columns.after,
    ]),
  };
}

/** y as a correlation of x. */
function forwardCorrelation({ shape: s, input, output }: DirectPlan): Correlation {
  const area = s.kernel * s.kernel, inputs = s.inputs / s.groups, outputs = s.outputs / s.groups;
  return {
    from: input,
    to: output,
    groups: s.groups,
    taps: Array.from({ length: area }, (_, weight): Tap => ({
      row: s.dilation * Math.floor(weight / s.kernel) - s.padding,
      column: s.dilation * (weight % s.kernel) - s.padding,
      weight,
    })),
    height: output.height,
    width: output.width,
    fromStep: s.stride,
    toStep: 1,
    toRow: 0,
    toColumn: 0,
    weightStrides: { to: inputs * area, from: area, group: outputs * inputs * area },
  };
}

/** dInput as interleaved correlations of dy. */
function inputGradientCorrelations({ shape: s, input, outputGradient }: DirectPlan): Correlation[] {
  const area = s.kernel * s.kernel, inputs = s.inputs / s.groups, outputs = s.outputs / s.groups;
  return phases(s, s.height).flatMap((toRow) =>
    phases(s, s.width).map((toColumn): Correlation => ({
      from: outputGradient,
      to: input,
      groups: s.groups,
      taps: phaseTaps(s, toRow).flatMap((row) =>
        phaseTaps(s, toColumn).map((column): Tap => ({
          row: row.at,
          column: column.at,
          weight: row.tap * s.kernel + column.tap,
        }))
      ),
      height: phaseExtent(s, s.height, toRow),
      width: phaseExtent(s, s.width, toColumn),
      fromStep: 1,
      toStep: s.stride,
      toRow,
      toColumn,
      weightStrides: { to: area, from: inputs * area, group: outputs * inputs * area },
    }))
  );
}

/**
 * Adds the kernels of a convolution to a module, under `name`; weight `[K,C/groups,k,k]`:
 *
 * - `name.forward(input, weight, output)`, with `bias` after `weight` where there is one
 * - `name.weightGradient(input, dOutput, dWeight, scratch)`: dWeight of one slice; needs `SCRATCH_BYTES`
 * - `name.biasGradient(dOutput, dBias, scratch)`: the same for dBias, where there is a bias
 * - `name.inputGradient(dOutput, weight, dInput)`, unless `inputGradient` is false
 *
 * `wide` suits machines whose registers hold a whole position (see `tuning.ts`); it does not change the bits.
 */
export function directKernels(
  module: ModuleBuilder,
  name: string,
  plan: DirectPlan,
  { inputGradient = true, bias = false, wide = false }: {
    inputGradient?: boolean;
    bias?: boolean;
    wide?: boolean;
  } = {},
): void {
  const names = ["input", "weight", ...(bias ? ["bias"] : []), "output"];
  module.function(`${name}.forward`, names, (f) => {
    f.emit(correlate(f, forwardCorrelation(plan), {
      from: f.parameter("input"),
      weight: f.parameter("weight"),
      to: f.parameter("output"),
      ...(bias ? { bias: f.parameter("bias") } : {}),
    }, wide));
  });
  module.function(`${name}.weightGradient`, ["input", "dOutput", "dWeight", "scratch"], (f) => {
    const [input, dOutput, dWeight, scratch] = f.parameters.map((p) => f.parameter(p));
    f.emit(weightGradient(f, { ...plan.shape, ...plan }, { input, dOutput, dWeight, scratch }, wide));
  });
  if (bias) {
    module.function(`${name}.biasGradient`, ["dOutput", "dBias", "scratch"], (f) => {
      const [dOutput, dBias, scratch] = f.parameters.map((p) => f.parameter(p));
      f.emit(biasGradient(f, plan.outputGradient, { dOutput, dBias, scratch }));
    });
  }
  if (!inputGradient) return;
  module.function(`${name}.inputGradient`, ["dOutput", "weight", "dInput"], (f) => {
    const [from, weight, to] = f.parameters.map((p) => f.parameter(p));
    f.emit(
      ...inputGradientCorrelations(plan).map((part) => correlate(f, part, { from, weight, to }, wide)),
    );
  });
}

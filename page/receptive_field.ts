/**
 * Which part of the image an element of a layer looks at.
 *
 * @module
 */
import type { LayerRow } from "./content.ts";

/** Rows and columns of the image, the last ones outside. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

const union = (a: Box, b: Box): Box => ({
  top: Math.min(a.top, b.top),
  left: Math.min(a.left, b.left),
  bottom: Math.max(a.bottom, b.bottom),
  right: Math.max(a.right, b.right),
});

const cut = (box: Box, whole: Box): Box => ({
  top: Math.max(whole.top, box.top),
  left: Math.max(whole.left, box.left),
  bottom: Math.min(whole.bottom, box.bottom),
  right: Math.min(whole.right, box.right),
});

const shift = (box: Box, right: number): Box => ({
  ...box,
  left: box.left + right,
  right: box.right + right,
});

/** The shapes of all values: the image, then what each row computes. */
const shapeOf = (rows: readonly LayerRow[], value: number): readonly number[] =>
  value === 0 ? [1, 28, 28] : rows[value - 1].output;

/** All places of a value. */
function wholeOf(shape: readonly number[]): Box {
  const [height, width] = shape.length === 3 ? [shape[1], shape[2]] : [1, shape[0]];
  return { top: 0, left: 0, bottom: height, right: width };
}

/** What a row reads of one of its inputs to compute the places in `box`. */
function readBy({ window, output }: LayerRow, input: readonly number[], box: Box): Box {
  if (window === "whole") return wholeOf(input);
  if (window !== undefined) {
    const { size, stride, padding, dilation } = window, reach = dilation * (size - 1) + 1;
    return {
      top: box.top * stride - padding,
      left: box.left * stride - padding,
      bottom: (box.bottom - 1) * stride - padding + reach,
      right: (box.right - 1) * stride - padding + reach,
    };
  }
  if (input.length === 3 && output.length === 1) {
    // flattened: an element is a place of one channel; several may lie anywhere
    const [, height, width] = input, place = box.left % (height * width);
    if (box.right - box.left > 1) return wholeOf(input);
    const row = Math.floor(place / width), column = place % width;
    return { top: row, left: column, bottom: row + 1, right: column + 1 };
  }
  return box;
}

/**
 * The part of the image, cut to it, on which the places `box` of row `row` depend; elements of a flat value are its
 * columns.
 */
export function receptiveField(rows: readonly LayerRow[], row: number, box: Box): Box {
  const trace = (value: number, box: Box): Box => {
    if (value === 0) return box;
    const here = rows[value - 1];
    // flat values one behind the other: a column belongs to one of them
    let before = 0;
    const parts = here.inputs.flatMap((input) => {
      const shape = shapeOf(rows, input),
        whole = wholeOf(shape),
        wanted = shift(readBy(here, shape, box), -before);
      if (here.kind === "concat" && shape.length === 1) before += shape[0];
      const part = cut(wanted, whole);
      return part.right > part.left && part.bottom > part.top ? [trace(input, part)] : [];
    });
    // a window may lie in the padding alone, and then sees nothing
    return parts.length === 0 ? { top: 0, left: 0, bottom: 0, right: 0 } : parts.reduce(union);
  };
  return trace(row + 1, box);
}

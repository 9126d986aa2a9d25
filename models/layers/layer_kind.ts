/**
 * What there is to say about a kind of layer, whoever computes it.
 *
 * @module
 */
import type { Completed, Fields, Values } from "../fields.ts";
import type { Kind, OfKind } from "../kinds.ts";
import type { Shape, Window } from "../shape.ts";

/** What a tensor is to the recipe: `decayNormAndBias` and the start values tell them apart. */
export type TensorGroup = "kernel" | "bias" | "norm" | "slope" | "statistic";

/** How a tensor starts. Fan-in and fan-out count inputs and outputs as PyTorch and Keras do. */
export type Start =
  | { readonly kind: "uniform"; readonly fanIn: number; readonly fanOut: number }
  | { readonly kind: "constant"; readonly value: number };

/** One tensor of a layer. */
export interface LayerTensor {
  /** PyTorch's name inside the layer: `weight`, `bias`, `running_mean`, `running_var`. */
  readonly name: string;
  readonly group: TensorGroup;
  /** Row-major. */
  readonly shape: readonly number[];
  readonly start: Start;
}

/** A kind of layer: its fields, and what follows from them and the shape of the input. */
export interface LayerKind<K extends string = string, F extends Fields = Fields> extends Kind<K, F> {
  /**
   * The shape that leaves the layer.
   *
   * @throws {MisfitError} If the input does not fit.
   */
  output(layer: Completed<F>, input: Shape): Shape;
  /** In PyTorch's order; those of group `statistic` are not trained. */
  tensors(layer: Completed<F>, input: Shape): readonly LayerTensor[];
  /** Of the forward pass for one image, counted by the definition; sums, comparisons and divisions do not count. */
  multiplyAdds(layer: Completed<F>, input: Shape, output: Shape): number;
  /** What one element of the output looks at; undefined where that is its own place only. */
  window(layer: Completed<F>, input: Shape): Window | undefined;
  /** What becomes of a constant by channel that is added to the input: such a constant in the output, nothing, or else. */
  channelShift(layer: Completed<F>, input: Shape): "kept" | "removed" | "changed";
  /** Whether it draws random numbers in training: such layers are numbered in the order of the network. */
  readonly random: boolean;
}

/** What a description may leave out, and what that means. */
type Description<F extends Fields> =
  & { readonly fields: F; output(layer: Completed<F>, input: Shape): Shape }
  & Partial<Omit<LayerKind<string, F>, "kind" | "fields" | "output">>;

/** Writes a layer as plain data; fields may be left out where all have a fallback. */
export type LayerFunction<K extends string, F extends Fields> = Record<never, never> extends Values<F>
  ? (fields?: Values<F>) => OfKind<K, F>
  : (fields: Values<F>) => OfKind<K, F>;

/** Describes a kind of layer; the result is also the function that writes such a layer. */
export function layerKind<const K extends string, const F extends Fields>(
  kind: K,
  description: Description<F>,
): LayerKind<K, F> & LayerFunction<K, F> {
  const write = (fields?: Values<F>) => ({ kind, ...fields });
  return Object.assign(write as LayerFunction<K, F>, {
    kind,
    tensors: () => [],
    multiplyAdds: () => 0,
    window: () => undefined,
    channelShift: () => "changed" as const,
    random: false,
    ...description,
  });
}

/** A layer that keeps the shape of its input, whatever it is. */
export const keepsShape = (_: unknown, input: Shape): Shape => input;

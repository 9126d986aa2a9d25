/**
 * Thin networks in a few words: convolutions with batch norm and an activation, pools, and a global average at the end.
 *
 * @module
 */
import {
  batchNorm,
  conv,
  gelu,
  globalAveragePool,
  hardSwish,
  type Layer,
  leakyRelu,
  linear,
  maxPool,
  relu,
  silu,
} from "../layers/mod.ts";

const ACTIVATIONS = { relu, gelu, silu, hardSwish, leakyRelu };

/** Activations that such a network can have. */
export type Activation = keyof typeof ACTIVATIONS;

/** A convolution: its channels alone, or what is not as usual too. */
export type ThinConvolution = number | {
  readonly out: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly padding?: number;
  readonly groups?: number;
};

/**
 * The layers of a network: each convolution (3×3, without bias) is followed by batch norm and activation, `"pool"` is a
 * max-pool of 2, and behind the last come global average pool and a linear layer to the 10 digits.
 *
 * @example
 * ```ts
 * thinNetwork([{ out: 6, padding: 1 }, 6, "pool", 8, 10, "pool", 12]); // 2,824 parameters
 * ```
 */
export function thinNetwork(
  blocks: readonly (ThinConvolution | "pool" | readonly Layer[])[],
  { activation = "relu" }: { readonly activation?: Activation } = {},
): Layer[] {
  return [
    ...blocks.flatMap((block): readonly Layer[] => {
      if (block === "pool") return [maxPool({ size: 2 })];
      if (typeof block === "object" && !("out" in block)) return block;
      const fields = typeof block === "number" ? { out: block } : block;
      return [conv({ kernel: 3, ...fields, bias: false }), batchNorm(), ACTIVATIONS[activation]()];
    }),
    globalAveragePool(),
    linear({ out: 10 }),
  ];
}

/**
 * Thin networks in a few words: convolutions with batch norm and an activation, pools, and a global average at the end.
 *
 * @module
 */
import {
  batchNorm,
  branches,
  conv,
  gelu,
  globalAveragePool,
  globalMaxPool,
  hardSwish,
  type Layer,
  leakyRelu,
  linear,
  maxPool,
  relu,
  repeat,
  silu,
} from "../layers/mod.ts";
import type { Changes, Recipe } from "./space.ts";

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

/**
 * Layers of a network in a few letters: `12` a 3×3 convolution to so many channels, `12p` a padded one, `12s` a padded
 * one of stride 2, `P` a max-pool of 2, `S16` a padded depthwise 3×3 convolution and a 1×1 convolution to so many
 * channels, `S16k5` a 5×5 one, `S16d2` one whose taps are two pixels apart, `R` an `S` that keeps the
 * channels and is added to what it reads, `3C` a padded 3×3 convolution that keeps the channels, three times with the same
 * weights, and `3S` such an `S`. Batch norm and activation follow each.
 *
 * @throws {RangeError} At a word that is none of these.
 */
export function thinNetworkOf(
  words: string,
  { activation = "relu" }: { readonly activation?: Activation } = {},
): Layer[] {
  const normalized = (...layers: readonly Layer[]) => [...layers, batchNorm(), ACTIVATIONS[activation]()];
  const separable = (from: number, to: number, kernel = 3, dilation = 1) =>
    normalized(
      conv({
        out: from,
        kernel,
        padding: dilation * (kernel - 1) / 2,
        ...(dilation === 1 ? {} : { dilation }),
        groups: from,
        bias: false,
      }),
      conv({ out: to, kernel: 1, bias: false }),
    );
  let channels = 1;
  const blocks = words.split(" ").map((word) => {
    const [, times, letter, out, kernel, dilation] =
      /^(\d*)([CPRS])(\d*)(?:k(\d+))?(?:d(\d+))?$/.exec(word) ?? [];
    const from = channels;
    if (letter === "P" && word === "P") return "pool";
    if (letter === "R" && word === "R") return [branches("add", separable(from, from), [])];
    if (letter === "S" && times === "" && out !== "") {
      channels = Number(out);
      return separable(from, channels, Number(kernel ?? 3), Number(dilation ?? 1));
    }
    const isRepeated = times !== "" && out === "" && (kernel ?? dilation) === undefined;
    if (letter === "S" && isRepeated) {
      return [repeat(Number(times), ...separable(from, from))];
    }
    if (letter === "C" && isRepeated) {
      const again = normalized(conv({ out: from, kernel: 3, padding: 1, bias: false }));
      return [repeat(Number(times), ...again)];
    }
    const [, width, form] = /^(\d+)([ps]?)$/.exec(word) ?? [];
    if (width === undefined) {
      throw new RangeError(
        `Cannot read the network "${words}": expected words such as 12, 12p, 12s, P, S16, S16k5, S16d2, R, 3C or 3S, got "${word}"`,
      );
    }
    channels = Number(width);
    return { out: channels, padding: form === "" ? 0 : 1, stride: form === "s" ? 2 : 1 };
  });
  return thinNetwork(blocks, { activation });
}

/** Such networks as changes of a recipe, named by their letters. */
export const thinNetworks = (networks: readonly string[]): Changes =>
  Object.fromEntries(networks.map((words) => [words, { layers: thinNetworkOf(words) }]));

/** A recipe with the maximum of the last maps in the place of their mean. */
export const withGlobalMaxPool = ({ layers, training }: Recipe): Recipe => ({
  layers: layers.map((layer) => layer.kind === "globalAveragePool" ? globalMaxPool() : layer),
  training,
});

/** A recipe whose ReLUs are another activation. */
export const withActivation = (activation: Activation) => ({ layers, training }: Recipe): Recipe => ({
  layers: layers.map(function replaced(layer: Layer): Layer {
    if (layer.kind === "relu") return ACTIVATIONS[activation]();
    if (layer.kind === "repeat") return { ...layer, layers: layer.layers.map(replaced) };
    if (layer.kind === "branches") {
      return { ...layer, branches: layer.branches.map((branch) => branch.map(replaced)) };
    }
    return layer;
  }),
  training,
});

import { flatten } from "../layers/mod.ts";
import type { Ablation } from "./ablation.ts";

/** A large linear layer that sees every place of every channel, instead of the channels' means. */
export const globalAveragePool: Ablation = {
  number: 2,
  factor: "global average pooling instead of a large linear layer",
  instead: "flatten and a larger linear layer",
  change({ layers }) {
    const at = layers.findIndex(({ kind }) => kind === "globalAveragePool");
    // without a linear layer behind it, it makes the logits itself
    if (at < 0 || !layers.slice(at).some(({ kind }) => kind === "linear")) return undefined;
    return { layers: layers.with(at, flatten()) };
  },
};

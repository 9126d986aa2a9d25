import type { Ablation } from "./ablation.ts";

/** Without dropout, of single elements or whole channels, wherever it is. */
export const dropout: Ablation = {
  number: 5,
  factor: "dropout after pooling",
  instead: "no dropout",
  change({ layers }) {
    const rest = layers.filter(({ kind }) => kind !== "dropout" && kind !== "channelDropout");
    return rest.length === layers.length ? undefined : { layers: rest };
  },
};

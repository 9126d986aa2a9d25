import type { Ablation } from "./ablation.ts";

/** Training images as they are. */
export const augmentation: Ablation = {
  number: 8,
  factor: "augmentation",
  instead: "training images as they are",
  change: ({ training: { augmentation: list } }) =>
    list.length > 0 ? { training: { augmentation: [] } } : undefined,
};

import type { Ablation } from "./ablation.ts";

/** The optimizer's own rate from the first step to the last. */
export const oneCycle: Ablation = {
  number: 4,
  factor: "one-cycle schedule",
  instead: "a constant learning rate",
  change: ({ training: { schedule } }) =>
    schedule.kind === "oneCycle" ? { training: { schedule: { kind: "constant" } } } : undefined,
};

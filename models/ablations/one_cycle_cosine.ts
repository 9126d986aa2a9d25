import type { Ablation } from "./ablation.ts";

/** A rate that falls from the optimizer's own to 0: the end of one cycle without its rise to a high rate. */
export const oneCycleCosine: Ablation = {
  number: 7,
  factor: "one-cycle schedule, its warm-up and high rate",
  instead: "cosine decay from the optimizer's rate",
  change: ({ training: { schedule } }) =>
    schedule.kind === "oneCycle" ? { training: { schedule: { kind: "cosine", per: "step" } } } : undefined,
};

/**
 * Every ablation that `deno task ablate --without` names. The first six are the factors to which this line of networks
 * credits its success.
 *
 * A new one is a file in this folder and a line here.
 *
 * @module
 */
import type { Ablation } from "./ablation.ts";
import { augmentation } from "./augmentation.ts";
import { channelExpansion } from "./channel_expansion.ts";
import { dropout } from "./dropout.ts";
import { globalAveragePool } from "./global_average_pool.ts";
import { matchedNormalization } from "./matched_normalization.ts";
import { oneCycle } from "./one_cycle.ts";
import { oneCycleCosine } from "./one_cycle_cosine.ts";
import { pointwiseConv } from "./pointwise_conv.ts";

/** By the name that `--without` takes. */
export const ABLATIONS = {
  "channel-expansion": channelExpansion,
  "global-average-pool": globalAveragePool,
  "matched-normalization": matchedNormalization,
  "one-cycle": oneCycle,
  "dropout": dropout,
  "pointwise-conv": pointwiseConv,
  "one-cycle-cosine": oneCycleCosine,
  "augmentation": augmentation,
} as const satisfies Readonly<Record<string, Ablation>>;

/** The name of an ablation. */
export type AblationName = keyof typeof ABLATIONS;

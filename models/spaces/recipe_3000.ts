/**
 * One network below 3,000 parameters, and one part of iteration 5's recipe at a time as another.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Parts, Space } from "../search/space.ts";
import { type Activation, thinNetworkOf } from "../search/thin_network.ts";

const NETWORK = "6p 6 P 8 10 P 12";
const layersWith = (activation: Activation): Parts => ({ layers: thinNetworkOf(NETWORK, { activation }) });

export const recipe3000: Space = {
  name: "recipe_3000",
  title: "The recipe of a network with 2,824 parameters",
  parameters: { most: 2_999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 6 }, { epochs: 20, seeds: 5 }],
  base: { layers: thinNetworkOf(NETWORK), training: oneCycle.training },
  candidates: {
    "as iteration 5": {},
    "batches of 64": { training: { batchSize: 64 } },
    "batches of 32": { training: { batchSize: 32 } },
    "batches of 32, rate 0.05": { training: { batchSize: 32, schedule: { maxLearningRate: 0.05 } } },
    "rate 0.05": { training: { schedule: { maxLearningRate: 0.05 } } },
    "rate 0.2": { training: { schedule: { maxLearningRate: 0.2 } } },
    "rate 0.4": { training: { schedule: { maxLearningRate: 0.4 } } },
    "no decay": { training: { optimizer: { weightDecay: 0 } } },
    "decay 5e-4": { training: { optimizer: { weightDecay: 5e-4 } } },
    "decay 5e-4 of weights alone": {
      training: { optimizer: { weightDecay: 5e-4, decayNormAndBias: false } },
    },
    "Nesterov": { training: { optimizer: { nesterov: true } } },
    "average 0.99": { training: { average: { decay: 0.99 } } },
    "average 0.998": { training: { average: { decay: 0.998 } } },
    "smoothing 0.05": { training: { labelSmoothing: 0.05 } },
    "SiLU": layersWith("silu"),
    "GELU": layersWith("gelu"),
    "hard-swish": layersWith("hardSwish"),
    "leaky ReLU": layersWith("leakyRelu"),
    "no augmentation": { training: { augmentation: [] } },
    "shift alone": { training: { augmentation: [{ kind: "translate", fraction: 0.05 }] } },
    "rotation 10, shift 0.1": {
      training: {
        augmentation: [{ kind: "rotate", degrees: 10 }, { kind: "translate", fraction: 0.1 }],
      },
    },
    "warm-up 0.1": { training: { schedule: { warmUp: 0.1 } } },
    "warm-up 0.4": { training: { schedule: { warmUp: 0.4 } } },
    "Adam, rate 0.02": {
      training: {
        optimizer: { kind: "adam", learningRate: 0.001 },
        schedule: { maxLearningRate: 0.02 },
      },
    },
    "AdamW, rate 0.02": {
      training: {
        optimizer: { kind: "adamW", learningRate: 0.001, weightDecay: 0.01 },
        schedule: { maxLearningRate: 0.02 },
      },
    },
  },
};

import { testGoldenIterations } from "../golden_iterations_suite.ts";
import { testGoldenNetworks } from "../golden_networks_suite.ts";
import type { GoldenBounds } from "../golden_training.ts";
import { ReferenceTraining } from "./training.ts";

/**
 * Two float64 programs differ by the order of their sums alone: 1e-16 times the terms of a sum (a few thousand), layers
 * and steps of training between.
 */
const BOUNDS: GoldenBounds = {
  loss: 1e-12,
  gradient: 1e-9,
  cancelledBias: 1e-12,
  change: 1e-9,
  running: 1e-12,
  logits: 1e-10,
};

testGoldenNetworks("the reference", (...start) => new ReferenceTraining(...start), { bounds: BOUNDS });
testGoldenIterations("the reference", (...start) => new ReferenceTraining(...start), { bounds: BOUNDS });

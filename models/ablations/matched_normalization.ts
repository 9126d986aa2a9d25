import type { Ablation } from "./ablation.ts";

/** The test images' normalization that iterations 1 to 3 were published with. */
const MISMATCHED = { mean: 0.1407, deviation: 0.4081 };

/** Test images normalized with other numbers than training images, as before iteration 4. */
export const matchedNormalization: Ablation = {
  number: 3,
  factor: "matched normalization",
  instead: `test images normalized with (${MISMATCHED.mean}, ${MISMATCHED.deviation})`,
  change({ training: { trainNormalization: train, testNormalization: test } }) {
    const isMatched = train.mean === test.mean && train.deviation === test.deviation;
    return isMatched ? { training: { testNormalization: MISMATCHED } } : undefined;
  },
};

import { deepEqual } from "node:assert/strict";
import type { OpenNetwork } from "../../../engine/stepping.ts";
import { openNetwork } from "../../../engine/wasm/stepping.ts";
import { assertAgreesWithReference, LAYER_CASES, runCase } from "../layer_suite.ts";

/** Opens networks on this thread, with kernels for narrow or wide registers. */
const openWith = (wide: boolean): OpenNetwork => (iteration, values) =>
  openNetwork(iteration, values, { wide });

/**
 * In parts of two examples, what a norm gives is ±1 whatever they are: what is left of a gradient is rounding noise of
 * the values, enlarged by 1/σ. Measured: 5.3e-5; the suite's bound is 5e-5.
 */
const PARTS_OF_TWO = "ghostBatchNorm of [11], 9 examples in 2 parts";

for (const testCase of LAYER_CASES) {
  Deno.test(`wasm agrees with the float64 reference: ${testCase.name}`, async () => {
    const narrow = await runCase(openWith(false), testCase);
    deepEqual(await runCase(openWith(true), testCase), narrow);
    const bounds = testCase.name === PARTS_OF_TWO ? { gradient: 1e-4 } : {};
    assertAgreesWithReference(testCase, narrow, bounds);
  });
}

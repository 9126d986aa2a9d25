import { deepEqual } from "node:assert/strict";
import type { OpenNetwork } from "../../../engine/stepping.ts";
import { openNetwork } from "../../../engine/wasm/stepping.ts";
import { assertAgreesWithReference, layerCases, runCase } from "../engine_suite.ts";

/** Opens networks on this thread, with kernels for narrow or wide registers. */
const openWith = (wide: boolean): OpenNetwork => (iteration, values) =>
  openNetwork(iteration, values, { wide });

for (const testCase of layerCases) {
  Deno.test(`Trainer agrees with the float64 reference: ${testCase.name}`, async () => {
    const narrow = await runCase(openWith(false), testCase);
    deepEqual(await runCase(openWith(true), testCase), narrow);
    assertAgreesWithReference(testCase, narrow);
  });
}

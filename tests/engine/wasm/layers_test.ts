import { deepEqual } from "node:assert/strict";
import type { OpenNetwork } from "../../../engine/stepping.ts";
import { openNetwork } from "../../../engine/wasm/stepping.ts";
import { assertAgreesWithReference, LAYER_CASES, runCase } from "../layer_suite.ts";

/** Opens networks on this thread, with kernels for narrow or wide registers. */
const openWith = (wide: boolean): OpenNetwork => (iteration, values) =>
  openNetwork(iteration, values, { wide });

for (const testCase of LAYER_CASES) {
  Deno.test(`wasm agrees with the float64 reference: ${testCase.name}`, async () => {
    const narrow = await runCase(openWith(false), testCase);
    deepEqual(await runCase(openWith(true), testCase), narrow);
    assertAgreesWithReference(testCase, narrow);
  });
}

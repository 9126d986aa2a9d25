import { deepEqual } from "node:assert/strict";
import { assertAgreesWithReference, layerCases, runCase } from "../engine_suite.ts";
import { openWith } from "./stepping.ts";

for (const testCase of layerCases) {
  Deno.test(`Trainer agrees with the float64 reference: ${testCase.name}`, async () => {
    const narrow = await runCase(openWith(false), testCase);
    deepEqual(await runCase(openWith(true), testCase), narrow);
    assertAgreesWithReference(testCase, narrow);
  });
}

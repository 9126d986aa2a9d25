/**
 * The layer suite is a test that can fail: a network in float32 passes it, and one in which any one operation is left
 * out does not.
 *
 * @module
 */
import { deepEqual, rejects } from "node:assert/strict";
import type { OpenNetwork } from "../../engine/stepping.ts";
import type { OperationName } from "../../models/graph.ts";
import { LAYERS } from "../../models/layers/mod.ts";
import { assertAgreesWithReference, LAYER_CASES, runCase } from "./layer_suite.ts";
import { operationCases } from "./operation_cases.ts";
import { type Forward, type ForwardOf, referenceForward } from "./reference/network.ts";
import { REFERENCE_OPERATIONS } from "./reference/ops/mod.ts";
import type { Pass } from "./reference/reference_operation.ts";
import { type Tensor, zeros } from "./reference/tensor.ts";
import { openReference } from "./reference/training.ts";

const rounded = ({ shape, data }: Tensor): Tensor => ({ shape, data: data.map(Math.fround) });

/** What leaves an operation is rounded to float32, forward and backward. */
const inFloat32 = (forward: Forward): Forward => (...given) => {
  const { output, statistics, backward } = forward(...given);
  return {
    output: rounded(output),
    statistics,
    backward(dOutput) {
      const { inputs, tensors } = backward(rounded(dOutput));
      return { inputs: inputs.map(rounded), tensors };
    },
  };
};

const opening = (forwardOf: ForwardOf): OpenNetwork => (iteration, values) =>
  openReference(iteration, values, { forwardOf, round: true });

/** The operation left out: the first input passes as far as it fits, and its gradient comes back. */
const leftOut = (forward: Forward): Forward => (operation, inputs, circumstances): Pass => {
  const { output: { shape }, backward } = forward(operation, inputs, circumstances);
  const output = zeros(shape), { data } = inputs[0], length = Math.min(data.length, output.data.length);
  output.data.set(data.subarray(0, length));
  return {
    output,
    backward(dOutput) {
      const { tensors = {} } = backward(dOutput), dInput = zeros(inputs[0].shape);
      dInput.data.set(dOutput.data.subarray(0, length));
      return {
        inputs: [dInput, ...inputs.slice(1).map((input) => zeros(input.shape))],
        tensors: Object.fromEntries(
          Object.entries(tensors).map(([role, gradient]) => [role, new Float64Array(gradient!.length)]),
        ),
      };
    },
  };
};

for (const testCase of LAYER_CASES) {
  Deno.test(`the layer suite accepts float32: ${testCase.name}`, async () => {
    const outcome = await runCase(opening((kind) => inFloat32(referenceForward(kind))), testCase);
    assertAgreesWithReference(testCase, outcome);
  });
}

// a map as a vector is the same numbers: there is nothing to leave out
const operations = (Object.keys(REFERENCE_OPERATIONS) as OperationName[]).filter((kind) =>
  kind !== "flatten"
);

for (const planted of operations) {
  Deno.test(`the layer suite notices that ${planted} is left out`, async () => {
    const open = opening((kind) =>
      kind === planted ? leftOut(referenceForward(kind)) : referenceForward(kind)
    );
    await rejects(async () => {
      for (const testCase of operationCases([planted])) {
        assertAgreesWithReference(testCase, await runCase(open, testCase));
      }
    });
  });
}

Deno.test("the layer suite has cases of every layer and of both joins", () => {
  const names = [...Object.keys(LAYERS), "add", "concat"].sort();
  deepEqual(Object.keys(REFERENCE_OPERATIONS).sort(), names);
  deepEqual(names.filter((name) => operationCases([name as OperationName]).length === 0), []);
});

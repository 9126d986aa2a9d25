/**
 * PReLU; see `models/layers/prelu.ts`. The slope's gradient is Σ dy · min(x, 0).
 *
 * @module
 */
import { elements } from "../../../models/shape.ts";
import { channelSumKernel, channelSumParts } from "../channel_sums.ts";
import { elementwiseKernel } from "../elementwise.ts";
import type { Room } from "../operation.ts";

export const prelu: Room<"prelu"> = {
  plan({ plan, label, operation, node, inputs: [input], output, dInputs: [dInput], dOutput }) {
    const { lanes } = plan, { weight } = node.tensors, all = elements(input.shape);
    const channels = operation.shared ? 1 : input.shape[0], map = all / channels;
    const parts = plan.gradientParts(weight, channelSumParts(plan));
    return () => {
      const slope = `parameters[trial * ${plan.strides.parameters} + ${weight.offset} + e / ${map}]`;
      const bindings = {
        input: { buffer: input.buffer, type: "f32" },
        parameters: { buffer: "parameters", type: "f32" },
      } as const;
      return {
        forward: [elementwiseKernel({
          label,
          lanes,
          elements: all,
          bindings: { ...bindings, output: { buffer: output.buffer, type: "f32", write: true } },
          body: `let x = input[at];
  output[at] = select(${slope} * x, x, x > 0.0);`,
        })],
        backward: [
          channelSumKernel({
            label: `${label} slope gradient`,
            plan,
            channels,
            map,
            bindings: {
              input: { buffer: input.buffer, type: "f32" },
              d_output: { buffer: dOutput!, type: "f32" },
            },
            // where x is above 0, the slope has no part in it
            terms: [{ value: "select(d_output[at] * input[at], 0.0, input[at] > 0.0)", parts }],
          }),
          ...(dInput === undefined ? [] : [elementwiseKernel({
            label: `${label} gradient`,
            lanes,
            elements: all,
            bindings: {
              ...bindings,
              d_output: { buffer: dOutput!, type: "f32" },
              d_input: { buffer: dInput, type: "f32", write: true },
            },
            body: `let dy = d_output[at];
  d_input[at] = select(${slope} * dy, dy, input[at] > 0.0);`,
            bytes: 12,
          })]),
        ],
      };
    };
  },
};

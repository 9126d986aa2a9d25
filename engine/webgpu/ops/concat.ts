/**
 * Branches one behind the other along the channels; each branch's gradient is its part of the whole one's.
 *
 * @module
 */
import { elements } from "../../../models/shape.ts";
import { elementwiseKernel } from "../elementwise.ts";
import type { Kernel } from "../kernel.ts";
import type { Room } from "../operation.ts";

export const concat: Room<"concat"> = {
  plan({ plan: { lanes }, label, inputs, output, dInputs, dOutput }) {
    const all = elements(output.shape);
    let channelElements = 0;
    const starts = inputs.map(({ shape }) => {
      const start = channelElements;
      channelElements += elements(shape);
      return start;
    });
    /** Copies a branch's part of `whole` out, or into it. */
    const copy = (label: string, index: number, part: string, whole: string, into: boolean): Kernel => {
      const place = `(trial * ${all} + ${starts[index]} + e) * ${lanes} + n`;
      return elementwiseKernel({
        label,
        lanes,
        elements: elements(inputs[index].shape),
        bindings: {
          part: { buffer: part, type: "f32", write: !into },
          whole: { buffer: whole, type: "f32", write: into },
        },
        body: into ? `whole[${place}] = part[at];` : `part[at] = whole[${place}];`,
      });
    };
    return () => ({
      forward: inputs.map(({ buffer }, index) => copy(label, index, buffer, output.buffer, true)),
      backward: dInputs.flatMap((dInput, index) =>
        dInput === undefined || dOutput === undefined
          ? []
          : [copy(`${label} gradient`, index, dInput, dOutput, false)]
      ),
    });
  },
};

/**
 * A sum over the invocations of a workgroup, by halves: the same order every time.
 *
 * @module
 */
import { MAXIMUM_INVOCATIONS } from "./layout.ts";

/** `sum_of_workgroup(index, value)` for a workgroup of 256, whose invocations have indices 0 to 255. */
export function sumOfWorkgroup(type: "f32" | "vec2f"): string {
  return `var<workgroup> shared_values: array<${type}, ${MAXIMUM_INVOCATIONS}>;

fn sum_of_workgroup(index: u32, value: ${type}) -> ${type} {
  shared_values[index] = value;
  for (var half = ${MAXIMUM_INVOCATIONS / 2}u; half > 0; half = half / 2) {
    workgroupBarrier();
    if (index < half) { shared_values[index] += shared_values[index + half]; }
  }
  workgroupBarrier();
  let total = shared_values[0];
  workgroupBarrier();
  return total;
}
`;
}

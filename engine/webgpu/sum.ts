/**
 * Sums of whole buffers: of branches, and of the gradients that a value's readers send back.
 *
 * @module
 */
import { elements, type Shape } from "../../models/shape.ts";
import { elementwiseKernel } from "./elementwise.ts";
import type { Binding, Kernel } from "./kernel.ts";

/** Buffers that a kernel reads at once; with the one that it writes, WebGPU's default limit is 8. */
const MOST_READ = 7;

/** to = from[0] + from[1] + …, added up in this order; `from` may name a buffer several times. */
export function sumKernels(options: {
  readonly label: string;
  readonly lanes: number;
  readonly shape: Shape;
  readonly from: readonly string[];
  readonly to: string;
}): Kernel[] {
  const { label, lanes, shape, from, to } = options;
  const kernels: Kernel[] = [];
  for (let first = 0; first < from.length; first += MOST_READ) {
    const here = from.slice(first, first + MOST_READ), names = [...new Set(here)];
    const terms = here.map((name) => `from${names.indexOf(name)}[at]`);
    const bindings: Record<string, Binding> = { to: { buffer: to, type: "f32", write: true } };
    names.forEach((buffer, index) => bindings[`from${index}`] = { buffer, type: "f32" });
    kernels.push(elementwiseKernel({
      label,
      lanes,
      elements: elements(shape),
      bindings,
      body: `to[at] = ${[...(first > 0 ? ["to[at]"] : []), ...terms].join(" + ")};`,
      bytes: 4 * (names.length + (first > 0 ? 2 : 1)),
    }));
  }
  return kernels;
}

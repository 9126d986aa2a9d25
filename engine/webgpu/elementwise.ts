/**
 * Kernels that compute each element by itself.
 *
 * @module
 */
import { type Binding, defineKernel, type Kernel } from "./kernel.ts";
import { LANES, MAXIMUM_INVOCATIONS } from "./layout.ts";

const ROWS = MAXIMUM_INVOCATIONS / LANES;
/** Most workgroups along an axis: WebGPU's default limit. */
const MOST_WORKGROUPS = 65_535;

/**
 * A kernel whose `body` computes element `e` of example `n`; `at` is its index in a buffer [T,elements,N].
 *
 * `bytes` that an element moves; an f32 read and one written if it is not given.
 */
export function elementwiseKernel(options: {
  readonly label: string;
  readonly lanes: number;
  readonly elements: number;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly declarations?: string;
  readonly body: string;
  readonly bytes?: number;
}): Kernel {
  const { label, lanes, elements, bindings, declarations, body, bytes = 8 } = options;
  const laneBlocks = lanes / LANES, rows = Math.ceil(elements / ROWS);
  // more rows than an axis takes go on along the other
  const folds = Math.ceil(rows / MOST_WORKGROUPS), down = Math.ceil(rows / folds);
  return defineKernel({
    label,
    bindings,
    size: [LANES, ROWS],
    workgroups: [laneBlocks * folds, down],
    work: { bytes: bytes * lanes * elements },
    declarations,
    body: `  let n = group.x % ${laneBlocks} * ${LANES} + local.x;
  let e = (group.x / ${laneBlocks} * ${down} + group.y) * ${ROWS} + local.y;
  if (e >= ${elements}) { return; }
  let at = (trial * ${elements} + e) * ${lanes} + n;
  ${body}`,
  });
}

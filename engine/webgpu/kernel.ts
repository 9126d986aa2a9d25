/**
 * A kernel as data: its WGSL, the buffers that it binds, how many workgroups it takes and what work it does.
 *
 * Kernels are written for one shape each: constants are built in and inner loops unrolled, because WebGPU's checks on
 * loops and indices cost least there.
 *
 * @module
 */

/** How a kernel uses a buffer. */
export interface Binding {
  /** Name of the buffer in the program. */
  readonly buffer: string;
  /** WGSL type of an element. */
  readonly type: "f32" | "u32" | "i32" | "vec2f" | "vec4f" | "vec4u";
  readonly write?: boolean;
}

/** What a kernel does for one trial: operations by the definition, bytes that must move if caches were perfect. */
export interface Work {
  readonly flop: number;
  readonly bytes: number;
}

/** One dispatch; the z dimension of its grid are the trials. */
export interface Kernel {
  readonly label: string;
  readonly code: string;
  /** In the order of their binding numbers in group 1. */
  readonly bindings: readonly Binding[];
  /** x and y of the grid. */
  readonly workgroups: readonly [number, number];
  readonly work: Work;
}

/** Words of a step record; `STEP_STRUCT` is the same in WGSL. */
export const STEP_WORDS = 8;

/** What changes from step to step and is the same for all trials, one record for each in a uniform buffer. */
const STEP_STRUCT = `struct Step {
  examples: u32, // of this batch
  first: u32, // place of its first example in the epoch's order
  epoch: u32, // 1-based
  training: u32, // 0 in evaluation
  slot: u32, // where its sums go, and its scalars lie
  epoch_length: u32, // examples of an epoch
  test_length: u32,
  slots: u32,
}`;

/** Writes a kernel around `body`, which may use `step`, `trial`, `group` and `local`. */
export function defineKernel(options: {
  readonly label: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  /** x and y of a workgroup. */
  readonly size: readonly [number, number];
  readonly workgroups: readonly [number, number];
  /** Functions, constants and workgroup variables. */
  readonly declarations?: string;
  readonly body: string;
  readonly work?: Partial<Work>;
}): Kernel {
  const { label, bindings, size, workgroups, declarations = "", body, work } = options;
  const variables = Object.entries(bindings).map(([name, { type, write }], index) =>
    `@group(1) @binding(${index}) var<storage, ${write ? "read_write" : "read"}> ${name}: array<${type}>;`
  );
  const code = `${STEP_STRUCT}
@group(0) @binding(0) var<uniform> step: Step;
${variables.join("\n")}
${declarations}
@compute @workgroup_size(${size.join(", ")})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let trial = group.z;
${body}
}
`;
  return {
    label,
    code,
    bindings: Object.values(bindings),
    workgroups,
    work: { flop: work?.flop ?? 0, bytes: work?.bytes ?? 0 },
  };
}

/** Lines of unrolled code. */
export function repeat(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join("\n");
}

/**
 * What a GPU can do at most: fused multiply-adds in registers, and copying in its own memory. Training speed is stated
 * as a share of both, measured in the same run.
 *
 * @module
 */
import type { Gpu } from "./gpu.ts";
import { defineKernel, type Kernel, repeat, STEP_WORDS } from "./kernel.ts";
import { MAXIMUM_INVOCATIONS } from "./layout.ts";

/** Independent chains of vec4 in each invocation, enough to hide the latency of a multiply-add. */
const CHAINS = 8;
const TURNS = 512;
const ROUNDS = 8;

function multiplyAddKernel(workgroups: number): Kernel {
  return defineKernel({
    label: "multiply-adds",
    bindings: { results: { buffer: "to", type: "vec4f", write: true } },
    size: [MAXIMUM_INVOCATIONS, 1],
    workgroups: [workgroups, 1],
    work: { flop: 2 * 4 * CHAINS * TURNS * MAXIMUM_INVOCATIONS * workgroups },
    body: `  let at = group.x * ${MAXIMUM_INVOCATIONS} + local.x;
  let factor = vec4f(1.0 + f32(step.examples));
${repeat(CHAINS, (i) => `  var s${i} = vec4f(f32(at + ${i}));`)}
  for (var turn = 0; turn < ${TURNS / 8}; turn++) {
${repeat(8, () => repeat(CHAINS, (i) => `    s${i} = fma(s${i}, factor, factor);`))}
  }
  results[at] = ${Array.from({ length: CHAINS }, (_, i) => `s${i}`).join(" + ")};`,
  });
}

function copyKernel(vectors: number): Kernel {
  return defineKernel({
    label: "copy",
    bindings: {
      source: { buffer: "source", type: "vec4f" },
      to: { buffer: "to", type: "vec4f", write: true },
    },
    size: [MAXIMUM_INVOCATIONS, 1],
    workgroups: [1024, vectors / 1024 / MAXIMUM_INVOCATIONS],
    work: { bytes: 32 * vectors },
    body: `  let at = (group.y * 1024 + group.x) * ${MAXIMUM_INVOCATIONS} + local.x;
  to[at] = source[at];`,
  });
}

/** What a device does at most. */
export interface Peaks {
  /** Of fused multiply-adds, two operations each. */
  readonly flopPerSecond: number;
  /** Of a copy, read and written. */
  readonly bytesPerSecond: number;
}

/** Peaks in flop/s and bytes/s (read and written), the best of several rounds, by the host's clock. */
export async function measurePeaks(gpu: Gpu): Promise<Peaks> {
  const { device } = gpu;
  // a second of a processor is a millisecond of a GPU
  const workgroups = gpu.isSoftware ? 64 : 65_535;
  const vectors = (gpu.isSoftware ? 2 : 64) << 18;
  const bytes = Math.max(16 * vectors, 16 * MAXIMUM_INVOCATIONS * workgroups);
  const buffers = await gpu.allocate(new Map([["source", bytes], ["to", bytes]]));
  if (!buffers) throw gpu.error("measure", `${2 * bytes} bytes of memory`, "too little memory");
  const steps = device.createBuffer({ size: 256, usage: GPUBufferUsage.UNIFORM });
  const rate = async (kernel: Kernel, amount: number): Promise<number> => {
    const { pipeline, layout } = await gpu.compile(kernel);
    const group = device.createBindGroup({
      layout,
      entries: kernel.bindings.map(({ buffer }, binding) => ({
        binding,
        resource: { buffer: buffers.get(buffer)! },
      })),
    });
    const run = async (times: number): Promise<number> => {
      const started = performance.now();
      const encoder = device.createCommandEncoder(), pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, gpu.bindSteps(steps, 4 * STEP_WORDS), [0]);
      pass.setBindGroup(1, group);
      for (let i = 0; i < times; i++) pass.dispatchWorkgroups(...kernel.workgroups);
      pass.end();
      device.queue.submit([encoder.finish()]);
      await gpu.finish();
      return (performance.now() - started) / 1000;
    };
    let best = 0;
    // what a wait costs the host is in both times, and not in their difference
    const few = 2, many = gpu.isSoftware ? 12 : 202;
    for (let round = 0; round < ROUNDS; round++) {
      const seconds = await run(many) - await run(few);
      best = Math.max(best, amount * (many - few) / Math.max(seconds, 1e-9));
    }
    return best;
  };
  try {
    const multiply = multiplyAddKernel(workgroups), copy = copyKernel(vectors);
    return {
      flopPerSecond: await rate(multiply, multiply.work.flop),
      bytesPerSecond: await rate(copy, copy.work.bytes),
    };
  } finally {
    for (const buffer of [...buffers.values(), steps]) buffer.destroy();
  }
}

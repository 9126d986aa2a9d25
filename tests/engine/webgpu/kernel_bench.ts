/**
 * Kernels on the GPU by themselves, without a network around them.
 *
 * @module
 */
import { type Kernel, STEP_WORDS } from "../../../engine/webgpu/kernel.ts";
import { sharedGpu } from "./adapter.ts";

type Words = Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** Kernels with their buffers, ready to run one after the other for a single trial. */
export interface KernelBench {
  write(buffer: string, words: Words): void;
  /** A step with this record; zeros where it is shorter than one. */
  run(record?: readonly number[]): void;
  read(buffer: string): Promise<Float32Array<ArrayBuffer>>;
  close(): void;
}

/** Compiles kernels and fills the buffers that they bind. */
export async function openKernels(
  kernels: readonly Kernel[],
  contents: Readonly<Record<string, Words>>,
): Promise<KernelBench> {
  const gpu = await sharedGpu(), { device } = gpu;
  const sizes = new Map(Object.entries(contents).map(([name, { byteLength }]) => [name, byteLength]));
  const buffers = (await gpu.allocate(sizes))!;
  const steps = device.createBuffer({
    size: 256,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  const stepGroup = gpu.bindSteps(steps, 4 * STEP_WORDS);
  const bound = await Promise.all(kernels.map(async (kernel) => {
    const { pipeline, layout } = await gpu.compile(kernel);
    const entries = kernel.bindings.map(({ buffer }, binding) => ({
      binding,
      resource: { buffer: buffers.get(buffer)! },
    }));
    return { kernel, pipeline, group: device.createBindGroup({ layout, entries }) };
  }));
  const bench: KernelBench = {
    write: (buffer, words) => device.queue.writeBuffer(buffers.get(buffer)!, 0, words),
    run(record = []) {
      const words = new Uint32Array(STEP_WORDS);
      words.set(record);
      device.queue.writeBuffer(steps, 0, words);
      const encoder = device.createCommandEncoder(), pass = encoder.beginComputePass();
      pass.setBindGroup(0, stepGroup, [0]);
      for (const { kernel, pipeline, group } of bound) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(1, group);
        pass.dispatchWorkgroups(...kernel.workgroups);
      }
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
    async read(buffer) {
      const size = sizes.get(buffer)!;
      const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffers.get(buffer)!, 0, staging, 0, size);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const values = new Float32Array(staging.getMappedRange().slice(0));
      staging.destroy();
      return values;
    },
    close() {
      for (const buffer of [...buffers.values(), steps]) buffer.destroy();
    },
  };
  for (const [name, words] of Object.entries(contents)) bench.write(name, words);
  return bench;
}

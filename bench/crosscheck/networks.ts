/**
 * How the engines' networks are opened for a comparison, each in a process of its own.
 *
 * @module
 */
import type { OpenNetwork } from "../../engine/stepping.ts";
import type { TensorflowBackend } from "../../engine/tensorflow/messages.ts";

/** What the command line says about engines. */
export interface NetworkOptions {
  readonly tfBackend?: TensorflowBackend;
}

/** Starts what an engine needs; runs in the engine's process. */
type Opener = (options: NetworkOptions) => Promise<{
  readonly open: OpenNetwork;
  /** What it runs on, if that is worth saying. */
  readonly device?: string;
}>;

/** By name; only the one that is asked for is loaded. */
export const NETWORKS: Readonly<Record<string, Opener>> = {
  wasm: async () => {
    const { openNetwork } = await import("../../engine/wasm/stepping.ts");
    return { open: (iteration, values) => openNetwork(iteration, values) };
  },
  webgpu: async () => {
    const { Gpu } = await import("../../engine/webgpu/gpu.ts");
    const { GpuSteppedNetwork } = await import("../../engine/webgpu/stepping.ts");
    const gpu = await Gpu.open();
    return { open: (iteration, values) => new GpuSteppedNetwork(gpu, iteration, values), device: gpu.name };
  },
  tensorflow: async ({ tfBackend }) => {
    const { openNetwork, TensorflowProcess } = await import("../../engine/tensorflow/process.ts");
    const process = await TensorflowProcess.start({ backend: tfBackend });
    return {
      open: (iteration, values) => openNetwork(process, iteration, values),
      device: process.loaded.description,
    };
  },
};

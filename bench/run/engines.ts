/**
 * The engines by name; only the one that is used is loaded.
 *
 * @module
 */
import type { Engine } from "../../engine/engine.ts";
import type { TensorflowBackend } from "../../engine/tensorflow/messages.ts";
import { allocatedProcessors } from "../command_line/allocation.ts";
import type { EngineChoice } from "./options.ts";

async function startWasm(options: { readonly workers?: number }): Promise<Engine> {
  const { createWasmEngine } = await import("../../engine/wasm/mod.ts");
  return await createWasmEngine(options);
}

/**
 * Starts an engine, with as many workers as a batch system gave processors where it did and nobody names another number;
 * `auto` is the GPU's where there is a real one, and never that of a software adapter.
 *
 * @throws {Error} If the engine cannot run here; the message says why.
 */
export async function createEngine(
  choice: EngineChoice,
  given: { readonly workers?: number; readonly tfBackend?: TensorflowBackend },
): Promise<Engine> {
  const options = { ...given, workers: given.workers ?? allocatedProcessors() };
  switch (choice) {
    case "auto": {
      const { createWebgpuEngine, findAdapter } = await import("../../engine/webgpu/mod.ts");
      const found = await findAdapter();
      return found && !found.isSoftware ? await createWebgpuEngine(options) : await startWasm(options);
    }
    case "webgpu": {
      const { createWebgpuEngine } = await import("../../engine/webgpu/mod.ts");
      return await createWebgpuEngine(options);
    }
    case "wasm":
      return await startWasm(options);
    case "tensorflow": {
      const { createTensorflowEngine } = await import("../../engine/tensorflow/mod.ts");
      return await createTensorflowEngine({ backend: options.tfBackend, workers: options.workers });
    }
  }
}

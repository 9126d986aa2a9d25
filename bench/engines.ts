/**
 * The engines by name; only the one that is used is loaded.
 *
 * @module
 */
import type { Engine } from "../engine/engine.ts";
import type { TensorflowBackend } from "../engine/tensorflow/messages.ts";
import type { EngineChoice } from "./options.ts";

/** Starts an engine; `auto` is the fastest that this machine has. */
export async function createEngine(
  choice: EngineChoice,
  options: { readonly workers?: number; readonly tfBackend?: TensorflowBackend },
): Promise<Engine> {
  switch (choice) {
    case "auto":
    case "wasm": {
      const { createWasmEngine } = await import("../engine/wasm/mod.ts");
      return await createWasmEngine(options);
    }
    case "tensorflow": {
      const { createTensorflowEngine } = await import("../engine/tensorflow/mod.ts");
      return await createTensorflowEngine({ backend: options.tfBackend, workers: options.workers });
    }
  }
}

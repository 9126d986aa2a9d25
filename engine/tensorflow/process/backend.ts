/**
 * Finds the best backend of TensorFlow.js that loads.
 *
 * @module
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { readBindingRecord } from "../binding_record.ts";
import type { LoadedBackend, TensorflowBackend } from "../messages.ts";

const require = createRequire(import.meta.url);

type NativeBackend = Extract<TensorflowBackend, "node" | "node-gpu">;

const PACKAGES: Readonly<Record<NativeBackend, string>> = {
  "node-gpu": "@tensorflow/tfjs-node-gpu",
  node: "@tensorflow/tfjs-node",
};
/** CUDA of the binary that the package's own install script fetches. */
const OWN_CUDA = "11.2";

const SETUP = "run deno task setup:tensorflow";

/** What is used of the native backend; its own types are not exported. */
interface NodeBackend {
  readonly binding: { readonly TF_Version: string };
  readonly isUsingGpuDevice: boolean;
}

/**
 * Loads `wanted`, or the best native backend.
 *
 * @throws {Error} If it cannot be had; the message is worded for the person.
 */
export function loadBackend(wanted?: TensorflowBackend): Promise<LoadedBackend> {
  switch (wanted) {
    case undefined:
      return loadNative();
    case "webgpu":
      return loadWebgpu();
    case "cpu":
      return loadCpu();
    default:
      return load(wanted, { needsGpu: wanted === "node-gpu" });
  }
}

async function loadNative(): Promise<LoadedBackend> {
  try {
    return await load("node-gpu", { needsGpu: false });
  } catch (gpuError) {
    try {
      return await load("node", { needsGpu: false });
    } catch (error) {
      // a binding that is there and does not load says more than one that is not there
      throw error instanceof MissingBindingError && !(gpuError instanceof MissingBindingError)
        ? gpuError
        : error;
    }
  }
}

/** Nothing was set up. */
class MissingBindingError extends Error {}

async function load(
  backend: NativeBackend,
  { needsGpu }: { readonly needsGpu: boolean },
): Promise<LoadedBackend> {
  const name = PACKAGES[backend];
  mendUtil();
  const cannot = `Cannot start TensorFlow.js on "${name}": expected`;
  const folder = dirname(require.resolve(`${name}/package.json`));
  const record = readBindingRecord(folder);
  try {
    await import(name);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").trim();
    if (/can not be found at path/.test(reason)) {
      throw new MissingBindingError(
        `${cannot} its native binding, got none; ${SETUP}, or use --tf-backend cpu`,
      );
    }
    const built = record
      ? `one built for TensorFlow ${record.version ?? "of unknown version"} in "${record.folder}"`
      : "its own one";
    throw new Error(`${cannot} a native binding that loads, got ${built}, which says "${reason}"; ${SETUP}`);
  }
  const { binding, isUsingGpuDevice } = tf.backend() as unknown as NodeBackend;
  const version = binding.TF_Version;
  if (record?.version !== undefined && record.version !== version) {
    throw new Error(
      `${cannot} TensorFlow ${record.version}, for which its binding was built, got ${version} in "${record.folder}"; ${SETUP} again`,
    );
  }
  if (needsGpu && !isUsingGpuDevice) {
    throw new Error(
      `${cannot} a GPU that TensorFlow ${version} can use, got none; see what its driver says, or use --tf-backend node`,
    );
  }
  const cuda = record ? record.cuda : backend === "node-gpu" ? OWN_CUDA : undefined;
  return {
    backend,
    description: `tfjs-${backend} ${tf.version_core}, TensorFlow ${version} ${
      cuda ? `with CUDA ${cuda}` : "without CUDA"
    }, on ${isUsingGpuDevice ? "GPU" : "CPU"}`,
    tensorflowVersion: version,
    usesGpu: isUsingGpuDevice,
  };
}

/**
 * The known break: the native packages (4.22, the last release) call `util.isNullOrUndefined`, which Node 23 and Deno
 * no longer have. To be done before they are loaded.
 */
function mendUtil(): void {
  const util: { isNullOrUndefined?: (value: unknown) => boolean } = require("node:util");
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

async function loadCpu(): Promise<LoadedBackend> {
  await import("@tensorflow/tfjs"); // with the gradients, which the core leaves out
  await tf.setBackend("cpu");
  return {
    backend: "cpu",
    description: `tfjs ${tf.version_core}, plain JavaScript`,
    usesGpu: false,
  };
}

async function loadWebgpu(): Promise<LoadedBackend> {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) {
    throw new Error(
      `Cannot start TensorFlow.js on "@tensorflow/tfjs-backend-webgpu": expected a WebGPU adapter, got none; install a Vulkan driver, or use --tf-backend cpu`,
    );
  }
  // the package looks for `window` before it looks for WebGPU
  Object.assign(globalThis, { window: globalThis });
  await import("@tensorflow/tfjs");
  await import("@tensorflow/tfjs-backend-webgpu");
  await tf.setBackend("webgpu");
  await tf.ready();
  const { description, vendor } = adapter.info;
  return {
    backend: "webgpu",
    description: `tfjs-backend-webgpu ${tf.version_core}, on ${description || vendor || "unknown adapter"}`,
    usesGpu: true,
  };
}

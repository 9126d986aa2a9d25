/**
 * The adapter that tests of the GPU engine run on, and what they do without one.
 *
 * @module
 */
import { findAdapter, Gpu } from "../../../engine/webgpu/gpu.ts";

const isRequired = (Deno.env.get("REQUIRE") ?? "").split(",").includes("webgpu");
const found = await findAdapter();
if (!found && isRequired) throw new Error("Cannot test the webgpu engine: expected an adapter, got none");

/** Skips, visibly, where there is no adapter and none is required. The driver's threads outlive a test. */
export const GPU_TEST = { ignore: !found, sanitizeOps: false, sanitizeResources: false };

let shared: Promise<Gpu> | undefined;

/** One GPU for all tests of a file, so that equal kernels are compiled once. */
export function sharedGpu(): Promise<Gpu> {
  return shared ??= Gpu.open();
}

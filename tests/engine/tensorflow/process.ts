/**
 * Where tests get a process that runs TensorFlow.js; they download its packages only where that is asked for.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TensorflowBackend } from "../../../engine/tensorflow/messages.ts";
import { openNetwork, TensorflowProcess } from "../../../engine/tensorflow/process.ts";
import type { OpenNetwork } from "../../../engine/stepping.ts";

const packages = fileURLToPath(
  new URL("../../../engine/tensorflow/process/node_modules/@tensorflow", import.meta.url),
);
const required = (Deno.env.get("REQUIRE") ?? "").split(",");

/** For a test's `ignore`: true where the packages are absent, unless `REQUIRE` lists `tensorflow`. */
export const IGNORE_WITHOUT_PACKAGES = !existsSync(packages) && !required.includes("tensorflow");

/** For the iterations in plain JavaScript, which take minutes: true unless `REQUIRE` lists `tensorflow-cpu`. */
export const IGNORE_ITERATIONS = !required.includes("tensorflow-cpu");

const hasBinding = ["tfjs-node", "tfjs-node-gpu"].some((name) =>
  existsSync(`${packages}/${name}/lib/napi-v8/tfjs_binding.node`)
);

/** For a test's `ignore`: true where no native backend is set up, unless `REQUIRE` lists `tensorflow-native`. */
export const IGNORE_WITHOUT_NATIVE = !hasBinding && !required.includes("tensorflow-native");

/** Opens networks in one process, which the first starts; `close` ends it. */
export function networksOn(backend?: TensorflowBackend): { open: OpenNetwork; close: () => void } {
  let process: Promise<TensorflowProcess> | undefined;
  return {
    open: async (iteration, values) =>
      await openNetwork(await (process ??= TensorflowProcess.start({ backend })), iteration, values),
    close: () => {
      process?.then((each) => each.kill(), () => {});
      process = undefined;
    },
  };
}

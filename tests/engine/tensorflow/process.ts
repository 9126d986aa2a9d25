/**
 * Where tests get a process that runs TensorFlow.js; they download its packages only where that is asked for.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TensorflowBackend } from "../../../engine/tensorflow/messages.ts";
import { openNetwork, TensorflowProcess } from "../../../engine/tensorflow/process.ts";
import type { OpenNetwork, SteppedNetwork } from "../../../engine/stepping.ts";
import type { Iteration } from "../../../models/iteration.ts";
import type { Subject } from "../golden_suite.ts";

const packages = fileURLToPath(
  new URL("../../../engine/tensorflow/process/node_modules/@tensorflow", import.meta.url),
);
const required = (Deno.env.get("REQUIRE") ?? "").split(",");

/** For a test's `ignore`: true where the packages are absent, unless `REQUIRE` lists `tensorflow`. */
export const IGNORE_WITHOUT_PACKAGES = !existsSync(packages) && !required.includes("tensorflow");

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

/** An iteration of the golden suite on networks that `open` opens. */
export function goldenSubject(open: OpenNetwork, iteration: Iteration): Subject {
  let network: Promise<SteppedNetwork> = Promise.reject(
    new Error("Cannot train: expected initial values first"),
  );
  network.catch(() => {});
  return {
    initialize(values) {
      network = Promise.resolve(open(iteration, values));
      network.catch(() => {});
    },
    async step(images, labels, stepNumber) {
      const indices = Uint32Array.from(labels.keys());
      const position = { epoch: 1, seed: 0, stepNumber, stepsPerEpoch: 3 };
      const { loss } = await (await network).trainStep({ images, labels }, indices, position);
      return loss / labels.length;
    },
    gradients: async () => await (await network).gradients(),
    tensors: async () => await (await network).tensors(),
    logits: async (images) => await (await network).logits(images),
  };
}

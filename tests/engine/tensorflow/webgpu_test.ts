/**
 * TensorFlow.js on WebGPU, where that is asked for, on a software adapter.
 *
 * @module
 */
import { LAYER_CASES, testLayers } from "../layer_suite.ts";
import { networksOn } from "./process.ts";

const ignore = !(Deno.env.get("REQUIRE") ?? "").split(",").includes("tensorflow-webgpu");

const { open, close } = networksOn("webgpu");

testLayers("TensorFlow.js (webgpu)", open, {
  ignore,
  // tfjs-backend-webgpu 4.22 gives a tie's gradient to another maximum than the first: not this engine's to mend
  cases: LAYER_CASES.filter(({ images }) => images !== "exactTies"),
  /** 7.7e-5 at most, and 3.8e-6 of biases before batch norm, on a software adapter (lavapipe). */
  bounds: { gradient: 2e-4 },
});

Deno.test.afterAll(close);

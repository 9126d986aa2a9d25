/**
 * Where tests find the real MNIST; they never download it.
 *
 * @module
 */
import { findMnist } from "../../data/mnist.ts";

const place = await findMnist({ mnistDirEnv: Deno.env.get("MNIST_DIR") });
const isRequired = (Deno.env.get("REQUIRE") ?? "").split(",").includes("mnist");

/** The folder that holds the four files, or undefined. */
export const MNIST_FOLDER = place?.folder;

/** For a test's `ignore`: true where MNIST is absent, unless `REQUIRE` lists `mnist`: then the test runs and fails. */
export const IGNORE_WITHOUT_MNIST = place === undefined && !isRequired;

/** The folder that holds the four files, for tests that are not ignored. */
export function mnistFolder(): string {
  if (MNIST_FOLDER !== undefined) return MNIST_FOLDER;
  throw new Error("Cannot test with MNIST: expected its four files, got none; set MNIST_DIR");
}

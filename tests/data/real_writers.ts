/**
 * Where tests find the writers of MNIST's images; they never download them.
 *
 * @module
 */
import { loadWriters, type MnistWriters } from "../../data/writers.ts";

const isRequired = (Deno.env.get("REQUIRE") ?? "").split(",").includes("mnist");
const found = await loadWriters({ dir: Deno.env.get("MNIST_DIR"), onAbsent: () => {} });

/** For a test's `ignore`: true where the writers are absent, unless `REQUIRE` lists `mnist`: then the test fails. */
export const IGNORE_WITHOUT_WRITERS = found === null && !isRequired;

/** The writers, for tests that are not ignored. */
export function realWriters(): MnistWriters {
  if (found !== null) return found;
  throw new Error(
    "Cannot test with writers: expected QMNIST's labels, got none; put them in data/cache/qmnist",
  );
}

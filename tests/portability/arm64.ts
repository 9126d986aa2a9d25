/**
 * Deno's build for ARM64 under qemu's user mode, as `.ci/portability` has put it together.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { isLeftOut } from "./place.ts";

export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

const deno = Deno.env.get("ARM64_DENO"), root = Deno.env.get("ARM64_ROOT");

/** For a test's `ignore`. */
export const WITHOUT_ARM64 = isLeftOut("arm64", deno !== undefined && root !== undefined);

/** Starts Deno for ARM64 with these arguments. */
export function emulated(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Deno.ChildProcess {
  return new Deno.Command("qemu-aarch64", {
    args: ["-L", root!, deno!, ...args],
    cwd: PROJECT,
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

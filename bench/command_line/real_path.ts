/**
 * What a path stands for once symbolic links are followed.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { UsageError } from "./errors.ts";

/** Where a path leads, followed as far as there is something that this process may see. */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    const around = dirname(path);
    return around === path ? resolve(path) : join(realPath(around), basename(path));
  }
}

/**
 * Refuses to write over what is read, under whatever name.
 *
 * @throws {UsageError} If one of `written`, or the file beside it that a write begins with, is one of `read`.
 */
export function refuseOverwriting(
  read: readonly string[],
  written: readonly string[],
  action: "export" | "import",
): void {
  const taken = new Set(written.flatMap((path) => [path, `${path}.tmp`]).map(realPath));
  const lost = read.find((path) => taken.has(realPath(path)));
  if (lost === undefined) return;
  throw new UsageError(
    `Cannot ${action}: expected another file than those that are read, got "${lost}"; choose another --out`,
  );
}

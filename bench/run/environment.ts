/**
 * What a run ran on, for the manifest.
 *
 * @module
 */
import os from "node:os";

export interface Environment {
  readonly deno: string;
  readonly v8: string;
  readonly os: string;
  readonly cpu: string;
  readonly cores: number;
  /** The commit and whether anything outside `results/` differed from it; null without git. */
  readonly git: { readonly commit: string; readonly dirty: boolean } | null;
}

/** Reads versions, machine and commit; what cannot be found out is "unknown". */
export function readEnvironment(): Environment {
  return {
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    os: `${Deno.build.os} ${Deno.build.arch} ${orUnknown(() => Deno.osRelease())}`,
    cpu: orUnknown(() => os.cpus()[0].model.trim()),
    cores: navigator.hardwareConcurrency,
    git: readCommit(),
  };
}

function orUnknown(read: () => string): string {
  try {
    return read() || "unknown";
  } catch {
    return "unknown";
  }
}

function readCommit(): Environment["git"] {
  const commit = git("rev-parse", "HEAD");
  // Results that a run writes are no change of the program.
  const changes = git("status", "--porcelain", "--", ".", ":(exclude)results");
  return commit === undefined || changes === undefined ? null : { commit, dirty: changes !== "" };
}

/** What git prints in this project's folder; undefined where it is missing, not allowed or no checkout is here. */
function git(...args: string[]): string | undefined {
  if (Deno.permissions.querySync({ name: "run", command: "git" }).state !== "granted") return undefined;
  try {
    const cwd = new URL("../..", import.meta.url);
    const { success, stdout } = new Deno.Command("git", { args, cwd, stderr: "null" }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What a run ran on, for the manifest.
 *
 * @module
 */
import os from "node:os";
import { fileURLToPath } from "node:url";
import { readLaunchFacts } from "./launch_facts.ts";
import { type Commit, type CommitFinding, findCommit } from "./commit.ts";

export interface Environment {
  readonly deno: string;
  readonly v8: string;
  readonly os: string;
  readonly cpu: string;
  readonly cores: number;
  /** The commit and whether anything outside `results/` differed from it; null without git. */
  readonly git: Commit | null;
}

/** Reads versions, machine and commit; what cannot be found out is "unknown". */
export function readEnvironment(): Environment {
  return {
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    os: `${Deno.build.os} ${Deno.build.arch} ${orUnknown(() => Deno.osRelease())}`,
    cpu: orUnknown(() => os.cpus()[0].model.trim()),
    cores: navigator.hardwareConcurrency,
    git: readCommit().git,
  };
}

/** The machine's name in its network. */
export function hostName(): string {
  return orUnknown(() => Deno.hostname());
}

function orUnknown(read: () => string): string {
  try {
    return read() || "unknown";
  } catch {
    return "unknown";
  }
}

/**
 * The commit that this program is checked out at, and what git ignores of `places`: what the launcher found, which asked
 * about the command's own places, else what can be found here.
 */
export function readCommit(places: readonly string[] = []): CommitFinding {
  return readLaunchFacts()?.commit ?? findCommit(fileURLToPath(new URL("../..", import.meta.url)), places);
}

/**
 * What the launcher tells the process that it starts, which may find out less by itself.
 *
 * @module
 */
import { LAUNCH_VARIABLE } from "../command_line/needs.ts";
import type { CommitFinding } from "./commit.ts";

/** What the launcher knows. */
export interface LaunchFacts {
  /** The commit of the checkout; absent where the command does not record it. */
  readonly commit?: CommitFinding;
}

/** What the launcher said; undefined where none started this process. */
export function readLaunchFacts(): LaunchFacts | undefined {
  // a program that uses the API need not allow it
  const { state } = Deno.permissions.querySync({ name: "env", variable: LAUNCH_VARIABLE });
  const text = state === "granted" ? Deno.env.get(LAUNCH_VARIABLE) : undefined;
  return text === undefined ? undefined : JSON.parse(text);
}

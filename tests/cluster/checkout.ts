/**
 * A copy of the project in a folder of its own, and programs that run there: what a cluster would see.
 *
 * @module
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
/** What a node needs; no results, no tests. */
const PARTS = [
  "bench",
  "cluster",
  "data",
  "engine",
  "math",
  "models",
  "random",
  "deno.json",
  "deno.lock",
  "deno.all.lock",
  "package.json",
  "webgpu.env",
  "mod.ts",
];

/** Whether a part of the cluster's tests can run; where REQUIRE names it, it must. */
export function isPrepared(part: string): boolean {
  const isThere = (Deno.env.get("CLUSTER") ?? "").split(",").includes(part);
  if (!isThere && Deno.env.get("REQUIRE")?.split(",").includes("cluster")) {
    throw new Error(
      `Cannot test ${part}: expected what .ci/cluster prepares, got none; run \`deno task test:cluster\``,
    );
  }
  return isThere;
}

/** What a program said and returned. */
export interface Ended {
  readonly code: number;
  /** Standard output and error, one after the other. */
  readonly text: string;
}

/** A copy of the project. */
export class Checkout {
  readonly env: Readonly<Record<string, string>>;

  constructor(readonly folder: string, env: Readonly<Record<string, string>> = {}) {
    const bin = join(folder, ".bin");
    Deno.mkdirSync(bin, { recursive: true });
    for (const part of PARTS) copy(join(PROJECT, part), join(folder, part));
    // whichever Deno runs this
    Deno.symlinkSync(Deno.execPath(), join(bin, "deno"));
    this.env = { NO_COLOR: "1", PATH: `${bin}:${Deno.env.get("PATH")}`, ...env };
  }

  at(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  read(...names: readonly string[]): string {
    try {
      return Deno.readTextFileSync(this.at(...names));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  }

  spawn(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Deno.ChildProcess {
    return new Deno.Command(program, {
      args: [...args],
      cwd: this.folder,
      env: { ...this.env, ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs a program to its end. */
  async run(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    const { code, stdout, stderr } = await this.spawn(program, args, env).output();
    return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  }

  /** Runs a task, which must end well. */
  async task(line: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, text } = await this.run("deno", ["task", "-q", ...line.split(" ")], env);
    assert.equal(code, 0, text);
    return text;
  }
}

/** Waits until `condition` holds; `describe` says what there is where it does not. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  describe: () => string | Promise<string>,
  longestMs = 60_000,
): Promise<void> {
  const end = Date.now() + longestMs;
  while (!await condition()) {
    if (Date.now() > end) throw new Error(`waited ${longestMs / 1000} s for ${what}: ${await describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Ends a daemon by the number that it wrote down. */
export async function endDaemon(pidFile: string): Promise<void> {
  let pid: number;
  try {
    pid = Number(Deno.readTextFileSync(pidFile));
  } catch {
    return; // it never began
  }
  const isThere = () => {
    try {
      Deno.statSync(`/proc/${pid}`);
      return true;
    } catch {
      return false;
    }
  };
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!isThere()) return;
    Deno.kill(pid, signal);
    for (let tries = 0; tries < 50 && isThere(); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function copy(from: string, to: string): void {
  if (Deno.statSync(from).isFile) {
    Deno.mkdirSync(dirname(to), { recursive: true });
    Deno.copyFileSync(from, to);
    return;
  }
  for (const { name } of Deno.readDirSync(from)) {
    if (name !== "node_modules" && name !== "cache") copy(join(from, name), join(to, name));
  }
}

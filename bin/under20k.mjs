#!/usr/bin/env node
/**
 * What `npx under20k COMMAND` runs: finds Deno and starts `bench/launch.ts` with it, in the folder where it was asked
 * for. Plain JavaScript for Node, because it is there before Deno is.
 *
 * Deno comes as the npm package "deno", whose binary lies in a package of its own for each platform. That binary is
 * started, not the package's script: a script between would keep signals for itself, and is not complete where npm
 * was told to run no install scripts. Where npm left the package out, a Deno on the PATH will do.
 */
import { spawn } from "node:child_process";
import { accessSync, chmodSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
/** Usage or input error, as everywhere in this project. */
const EXIT_USAGE = 2;
const isWindows = process.platform === "win32";
const SIGNALS = isWindows ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** Deno's binary in npm's folders; undefined where npm has none for this platform. */
function installedDeno() {
  const platform = `${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}`;
  try {
    const launcher = createRequire(import.meta.url).resolve("deno/package.json");
    const manifest = createRequire(launcher).resolve(`@deno/${platform}/package.json`);
    const path = join(dirname(manifest), isWindows ? "deno.exe" : "deno");
    accessSync(path, constants.R_OK);
    try {
      accessSync(path, constants.X_OK);
    } catch {
      chmodSync(path, 0o755); // some unpackers lose the bit
    }
    return path;
  } catch {
    return undefined;
  }
}

const child = spawn(
  installedDeno() ?? "deno",
  [
    "run",
    "-q",
    "--no-lock",
    // not that of the folder in which this was asked for
    `--config=${join(PROJECT, "deno.json")}`,
    "-RE",
    "--allow-run",
    join(PROJECT, "bench", "launch.ts"),
    ...process.argv.slice(2),
  ],
  // tells the launcher that this program is its parent, which is there as long as the command is wanted
  { stdio: "inherit", env: { ...process.env, INIT_CWD: process.env.INIT_CWD ?? process.cwd() } },
);
child.on("error", (error) => {
  const got = error.code === "ENOENT" ? "neither" : `"${error.message}"`;
  console.error(
    `error: Cannot start: expected Deno from the npm package "deno" or on the PATH, got ${got}; ` +
      "install it as https://deno.com says",
  );
  process.exit(EXIT_USAGE);
});
// passed on to the command, which decides what becomes of it
for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  for (const each of SIGNALS) process.removeAllListeners(each);
  process.kill(process.pid, signal);
});

/**
 * What `launch.ts` does once the version is right: read the command line, find out what it needs, start it.
 *
 * @module
 */
import { isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isInstalled } from "../data/installed.ts";
import type { Command } from "./command_line/command.ts";
import { reasonOf, UsageError } from "./command_line/errors.ts";
import { EXIT } from "./command_line/exit_codes.ts";
import { readCommandLine, toArguments, withPaths } from "./command_line/flags.ts";
import { showHelp } from "./command_line/help.ts";
import { denoArguments, LAUNCH_VARIABLE } from "./command_line/needs.ts";
import { realStreams } from "./command_line/output.ts";
import { findCommit } from "./run/commit.ts";
import { watchParent } from "./run/interruption.ts";
import type { LaunchFacts } from "./run/launch_facts.ts";

const PROJECT = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
const COMMANDS = join(PROJECT, "bench", "commands");

/** Passed on to the command, which decides what becomes of it. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** How a command is started. */
export interface Launch {
  /** Of Deno. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Runs the command that the first argument names and returns its exit code. */
export async function launch([name, ...args]: readonly string[]): Promise<number> {
  const { out, err } = realStreams();
  try {
    const file = commandFile(name);
    // the commands are many and of different flags, which only their own code tells apart
    const { command } = await import(pathToFileURL(file).href) as { readonly command: Command };
    const line = readCommandLine(args, command.syntax);
    if (line.wantsHelp) {
      showHelp(
        isInstalled(PROJECT) ? command.help.replaceAll("deno task ", "npx under20k ") : command.help,
        out,
      );
      return EXIT.ok;
    }
    return await start(planLaunch({ command, file, args }));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    err.write(`error: ${reasonOf(error)}\n`);
    return EXIT.usage;
  }
}

/**
 * What starts a command.
 *
 * @throws {UsageError} If the command line cannot be read.
 */
export function planLaunch(
  { command, file, args }: {
    readonly command: Command;
    readonly file: string;
    readonly args: readonly string[];
  },
): Launch {
  const elsewhere = personsFolder();
  const line = withPaths(
    readCommandLine(args, command.syntax),
    command.syntax,
    (path) => elsewhere === undefined || isAbsolute(path) ? path : resolve(elsewhere, path),
  );
  const mnistDir = Deno.env.get("MNIST_DIR") || undefined;
  const needs = command.needs(line, { project: PROJECT, mnistDir });
  const facts: LaunchFacts = needs.recordsCommit ? { commit: findCommit(PROJECT, needs.committed) } : {};
  return {
    args: [
      "run",
      ...denoArguments(needs, {
        project: PROJECT,
        arch: Deno.build.arch,
        deno: Deno.execPath(),
        isQuiet: Deno.env.get("TERM") === "dumb",
      }),
      file,
      ...toArguments(line, command.syntax),
    ],
    env: { [LAUNCH_VARIABLE]: JSON.stringify(facts), DENO_NO_UPDATE_CHECK: "1" },
  };
}

/** The file of a command. */
function commandFile(name: string | undefined): string {
  const files = [...Deno.readDirSync(COMMANDS)].map((entry) => entry.name.replace(/\.ts$/, ""));
  const file = name?.replaceAll(":", "_");
  if (file === undefined || !files.includes(file)) {
    throw new UsageError(
      `Cannot start: expected a command (${
        files.sort().map((each) => each.replace("_", ":")).join(", ")
      }), got ${name === undefined ? "none" : `"${name}"`}`,
    );
  }
  return join(COMMANDS, `${file}.ts`);
}

/** Where a task was asked for: set by `deno task`, by npm and by `bin/under20k.mjs`. */
const ASKED_FROM = "INIT_CWD";

/**
 * The folder in which the person typed a task; undefined where that is the one in which the command runs.
 *
 * A task runs in the project's folder, and `INIT_CWD` tells where it was asked for. One that is no folder of the
 * project was left there by another program further out.
 */
function personsFolder(): string | undefined {
  const folder = Deno.env.get(ASKED_FROM);
  if (folder === undefined) return undefined;
  const inside = relative(Deno.cwd(), folder);
  return inside === "" || inside.startsWith("..") || isAbsolute(inside) ? undefined : folder;
}

/** Starts Deno, passes signals on and waits. A task that is gone, killed outright, counts as a signal to end. */
async function start({ args, env }: Launch): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { ...env },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const pass = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // it has ended already
    }
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, () => pass(signal));
  // a shell that started this file itself may close, and what it left in the background goes on
  if (Deno.env.has(ASKED_FROM)) watchParent(() => pass("SIGTERM"));
  return (await child.status).code;
}

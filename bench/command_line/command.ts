/**
 * What every command consists of, and how one runs: read the command line, help or work, errors in one line.
 *
 * A command's file holds its help, its flags and what it needs to touch; its work lies in the other rooms and is
 * loaded when it is needed, so that the launcher can ask for the rest at no cost.
 *
 * @module
 */
import { DataError } from "../../data/types.ts";
import { DeviceError } from "../../engine/engine.ts";
import { missingPackage, reasonOf, UsageError } from "./errors.ts";
import { EXIT } from "./exit_codes.ts";
import { type CommandLine, type CommandSyntax, readCommandLine } from "./flags.ts";
import { showHelp } from "./help.ts";
import type { Needs, Place } from "./needs.ts";
import { realStreams, type Streams } from "./output.ts";

/** A task of the command line. */
export interface Command<Syntax extends CommandSyntax = CommandSyntax> {
  /** Printed for `--help`. */
  readonly help: string;
  readonly syntax: Syntax;
  /**
   * What the process that runs it may touch.
   *
   * @throws {UsageError} If a flag has a value that it cannot take.
   */
  readonly needs: (line: CommandLine<Syntax>, place: Place) => Needs;
}

/** Runs a command's `work` with what `args` say and returns the exit code; what a person can mend is one line. */
export async function runCommand<Syntax extends CommandSyntax>(
  { help, syntax }: Command<Syntax>,
  args: readonly string[],
  options: {
    readonly streams?: Streams;
    readonly work: (line: CommandLine<Syntax>, streams: Streams) => number | Promise<number>;
  },
): Promise<number> {
  const streams = options.streams ?? realStreams(), { out, err } = streams;
  let code: number;
  try {
    const line = readCommandLine(args, syntax);
    if (line.wantsHelp) showHelp(help, out);
    code = line.wantsHelp ? EXIT.ok : await options.work(line, streams);
  } catch (thrown) {
    const error = missingPackage(thrown) ?? thrown;
    const isInput = error instanceof UsageError || error instanceof DataError || error instanceof DeviceError;
    const stack = error instanceof Error ? error.stack : undefined;
    err.write(isInput ? `error: ${reasonOf(error)}\n` : `Internal error: ${stack ?? reasonOf(error)}\n`);
    code = isInput ? EXIT.usage : EXIT.failed;
  }
  const failure = out.failure?.();
  if (failure === undefined) return code;
  err.write(`error: ${failure}\n`);
  return code === EXIT.ok ? EXIT.usage : code;
}

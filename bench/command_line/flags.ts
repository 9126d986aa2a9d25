/**
 * Reads every command line: long flags, a few positional arguments, one line for each mistake.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { UsageError } from "./errors.ts";
import { withIterationPaths } from "./iteration_names.ts";

/**
 * What a flag takes: a text, the path of a file or folder, either a name or a path, iterations (numbers and files),
 * nothing, or a program (its name or path), which may be left out.
 */
export type FlagKind = "text" | "path" | "pathOrName" | "iterations" | "switch" | "program";

/** Whether what may be a name or a path is meant as a path: it has a folder in it, or is one by its dots. */
export function looksLikePath(text: string): boolean {
  return /[/\\]|^\.{1,2}$/.test(text);
}

/** What a command line may hold; `--help` it may always hold. */
export interface CommandSyntax {
  readonly flags: Readonly<Record<string, FlagKind>>;
  /** The kinds of the positional arguments, each of which may be left out. */
  readonly positionals?: readonly Exclude<FlagKind, "switch" | "program">[];
  /** The kind of any number of positional arguments after these; without it there are none. */
  readonly rest?: Exclude<FlagKind, "switch" | "program">;
}

/** What was given. */
export interface CommandLine<Syntax extends CommandSyntax = CommandSyntax> {
  readonly wantsHelp: boolean;
  /** Text of each flag that was given, empty for a switch and for a program that was left out. */
  readonly flags: ReadonlyMap<keyof Syntax["flags"] & string, string>;
  readonly positionals: readonly string[];
}

const HELP = "help";

/**
 * Reads a command line.
 *
 * @throws {UsageError} If a flag is unknown, repeated, without its value or with one it does not take, or there are
 * too many positional arguments.
 */
export function readCommandLine<Syntax extends CommandSyntax>(
  args: readonly string[],
  syntax: Syntax,
): CommandLine<Syntax> {
  type Flag = keyof Syntax["flags"] & string;
  const spec: Readonly<Record<string, FlagKind>> = { ...syntax.flags, [HELP]: "switch" };
  // Parsed leniently, so that the errors can be ours.
  const { tokens } = parseArgs({
    args: joinPrograms(args, spec),
    options: {
      ...Object.fromEntries(
        Object.entries(spec).map((
          [name, kind],
        ) => [name, { type: kind === "switch" ? "boolean" : "string" } as const]),
      ),
      [HELP]: { type: "boolean", short: "h" },
    },
    strict: false,
    tokens: true,
  });
  const flags = new Map<Flag, string>(), positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      positionals.push(token.value);
      continue;
    }
    if (!Object.hasOwn(spec, token.name)) {
      const known = Object.keys(spec).map((flag) => `--${flag}`).join(", ");
      throw new UsageError(
        `Cannot read the command line: expected one of ${known}, got "${token.rawName}"; see --help`,
      );
    }
    const { name, value } = token;
    if (spec[name] === "switch") {
      if (value !== undefined) {
        throw new UsageError(`Cannot read --${name}: expected no value, got "${value}"`);
      }
    } else if (spec[name] === "program" && value === "") {
      // the usual one
    } else if (value === undefined || value.trim() === "" || (!token.inlineValue && value.startsWith("--"))) {
      const got = value === undefined ? "none" : `"${value}"`;
      throw new UsageError(`Cannot read --${name}: expected a value, got ${got}; see --help`);
    }
    if (flags.has(name as Flag)) {
      throw new UsageError(`Cannot read --${name}: expected it once, got it twice; leave one out`);
    }
    flags.set(name as Flag, value ?? "");
  }
  const most = syntax.positionals?.length ?? 0;
  if (positionals.length > most && syntax.rest === undefined) {
    const wanted = most === 0 ? "flags only" : `at most ${most} argument${most === 1 ? "" : "s"}`;
    throw new UsageError(
      `Cannot read the command line: expected ${wanted}, got "${positionals.join(" ")}"; see --help`,
    );
  }
  return { wantsHelp: flags.delete(HELP as Flag), flags, positionals };
}

/** `--python python3.12` and `--python` as `--python=python3.12` and `--python=`, for flags that take a program. */
function joinPrograms(args: readonly string[], spec: Readonly<Record<string, FlagKind>>): string[] {
  const joined: string[] = [], end = args.indexOf("--");
  for (let i = 0; i < args.length; i++) {
    const isProgram = (end < 0 || i < end) && args[i].startsWith("--") &&
      spec[args[i].slice(2)] === "program";
    const named = isProgram && i + 1 < args.length && !args[i + 1].startsWith("-");
    joined.push(isProgram ? `${args[i]}=${named ? args[++i] : ""}` : args[i]);
  }
  return joined;
}

/** A command line that says the same, with every path made another by `change`. */
export function withPaths<Syntax extends CommandSyntax>(
  { wantsHelp, flags, positionals }: CommandLine<Syntax>,
  syntax: Syntax,
  change: (path: string) => string,
): CommandLine<Syntax> {
  return {
    wantsHelp,
    flags: new Map([...flags].map(([flag, text]) => [
      flag,
      changed(syntax.flags[flag], text, change),
    ])),
    positionals: positionals.map((text, at) =>
      changed(syntax.positionals?.[at] ?? syntax.rest, text, change)
    ),
  };
}

function changed(kind: FlagKind | undefined, text: string, change: (path: string) => string): string {
  const isPath = kind === "path" || ((kind === "pathOrName" || kind === "program") && looksLikePath(text));
  if (isPath) return change(text);
  return kind === "iterations" ? withIterationPaths(text, change) : text;
}

/** The arguments that `readCommandLine` reads as this command line. */
export function toArguments<Syntax extends CommandSyntax>(
  { wantsHelp, flags, positionals }: CommandLine<Syntax>,
  syntax: Syntax,
): string[] {
  return [
    ...(wantsHelp ? [`--${HELP}`] : []),
    ...[...flags].map(([flag, text]) => syntax.flags[flag] === "switch" ? `--${flag}` : `--${flag}=${text}`),
    ...(positionals.length === 0 ? [] : ["--", ...positionals]),
  ];
}

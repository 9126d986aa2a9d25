/**
 * Command lines of the smaller commands: long flags, a few positional arguments, one line for each mistake.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { UsageError } from "./errors.ts";

/** Flags by name; `string` takes a value. */
export type FlagSpec = Readonly<Record<string, "string" | "boolean">>;

/** What was given. */
export interface CommandLine<Spec extends FlagSpec> {
  /** Text of each flag that was given, empty for a boolean one. */
  readonly flags: ReadonlyMap<keyof Spec & string, string>;
  readonly positionals: readonly string[];
}

/**
 * Reads a command line with at most `positionals` positional arguments.
 *
 * @throws {UsageError} If a flag is unknown, repeated, without its value or with one it does not take, or there are
 * too many positional arguments.
 */
export function readCommandLine<Spec extends FlagSpec>(
  args: readonly string[],
  spec: Spec,
  options: { readonly positionals: number },
): CommandLine<Spec> {
  // Parsed leniently, so that the errors can be ours.
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.entries(spec).map(([name, type]) => [name, { type }])),
    strict: false,
    tokens: true,
  });
  const flags = new Map<keyof Spec & string, string>(), positionals: string[] = [];
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
    if (spec[name] === "boolean") {
      if (value !== undefined) {
        throw new UsageError(`Cannot read --${name}: expected no value, got "${value}"`);
      }
    } else if (value === undefined || value.trim() === "" || (!token.inlineValue && value.startsWith("--"))) {
      const got = value === undefined ? "none" : `"${value}"`;
      throw new UsageError(`Cannot read --${name}: expected a value, got ${got}; see --help`);
    }
    if (flags.has(name)) {
      throw new UsageError(`Cannot read --${name}: expected it once, got it twice; leave one out`);
    }
    flags.set(name, value ?? "");
  }
  if (positionals.length > options.positionals) {
    const wanted = options.positionals === 0 ? "flags only" : `at most ${options.positionals} argument`;
    throw new UsageError(
      `Cannot read the command line: expected ${wanted}, got "${positionals.join(" ")}"; see --help`,
    );
  }
  return { flags, positionals };
}

/**
 * The whole number that a flag gives; undefined where it is not given.
 *
 * @throws {UsageError} If the text is no whole number between the limits.
 */
export function readWholeNumber(
  name: string,
  text: string | undefined,
  limits: { readonly least: number; readonly most: number },
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= limits.least && value <= limits.most)) {
    throw new UsageError(
      `Cannot use ${name}: expected a whole number from ${limits.least} to ${limits.most}, got "${text}"`,
    );
  }
  return value;
}

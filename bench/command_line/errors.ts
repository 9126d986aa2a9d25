/**
 * Errors that are the person's to mend: they end the program with one line and exit code 2.
 *
 * @module
 */
import { visible } from "./quote.ts";

/** A flag, a folder or an iteration is not what it should be; the message is one line for the person. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";

  /** The message may quote files and flags: what it takes from there reaches no terminal as a command. */
  constructor(message: string, options?: ErrorOptions) {
    super(visible(message.replace(/\s*[\r\n]\s*/g, " ")), options);
  }
}

/** The message of whatever was thrown, on one line. */
export function reasonOf(error: unknown): string {
  // Deno's advice to allow more is not the person's to follow: the launcher allows what the command line names
  const advice = /, run again with the --allow-\S+ flag/;
  return (error instanceof Error ? error.message : String(error)).replace(advice, "").replace(/\s+/g, " ")
    .trim();
}

/** What a person is told where Deno cannot get a package; undefined where `error` is something else. */
export function missingPackage(error: unknown): UsageError | undefined {
  if (!(error instanceof TypeError)) return undefined;
  // Deno's words; the numbered lines below the first are its causes, the first of which tells all
  const parts = error.message.match(
    /^Failed (?:caching npm package '([^']+)'|loading \S+ for package "([^"]+)")(?:\s+0: ([^\n]+))?/,
  );
  if (parts === null) return undefined;
  const [, withVersion, name, cause = "no reason"] = parts;
  return new UsageError(
    `Cannot load the package "${
      withVersion ?? name
    }": expected it in Deno's cache or from npm's registry, got "${cause}"; ` +
      "run the command once where the registry can be reached",
    { cause: error },
  );
}

/** Runs `action`; an error that it worded for the person ("Cannot …: expected …") becomes a `UsageError`. */
export async function asUsageError<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Error && /^Cannot .+: expected /s.test(error.message)) {
      throw new UsageError(error.message, { cause: error });
    }
    throw error;
  }
}

/**
 * Trains a recorded trial again and says whether everything comes out the same: `deno task verify`.
 *
 * @module
 */
import { type Command, runCommand } from "../command_line/command.ts";
import { UsageError } from "../command_line/errors.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { datasetNeeds, joinNeeds, PUBLISHED } from "../command_line/needs.ts";
import {
  EPOCH_LIMITS,
  ITERATION_LIMITS,
  readRow,
  readWholeNumber,
  SEED_LIMITS,
  UINT32_MAX,
  workerLimits,
} from "../command_line/values.ts";
import type { VerifyOptions, VerifySurroundings } from "../judge/verify_row.ts";
import { datasetIn, engineNameIn } from "../run/engine_name.ts";

/** Checked where no row is named: the quickest. */
const DEFAULT_ITERATION = 1;

const HELP =
  `Trains a recorded trial again and compares data, configuration, weights of every epoch and predictions.

Usage: deno task verify [ROW] [flags]

  ROW              iteration/seed, such as 5/2, instead of --iteration and --seed
  --iteration N    of which iteration             (default: ${DEFAULT_ITERATION})
  --seed N         which of its trials            (default: one at random)
  --epochs N       only the first N epochs        (default: the whole trial)
  --against DIR    the results                    (default: ${PUBLISHED})
  --data DIR       folder with the data set       (default: $MNIST_DIR, data/cache/mnist, or download)
  --workers N      workers that share the trial   (default: one per core)
  --json           one JSON document on standard output, everything else on standard error
  --help           this text

Examples:
  deno task verify                     a random trial of iteration 1
  deno task verify 5/2 --epochs 1      the first epoch of iteration 5, seed 2

Prints "verified: identical", or "differs: …" with the first thing that does.
Exit codes: 0 identical, 1 different, 2 usage or input error, 130 interrupted.
`;

const SYNTAX = {
  flags: {
    iteration: "text",
    seed: "text",
    epochs: "text",
    against: "path",
    data: "path",
    workers: "text",
    json: "switch",
  },
  positionals: ["text"],
} as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line, place) {
    const { against, data } = readOptions(line);
    return joinNeeds(
      { read: [against], sys: ["cpus"], trains: true, startsDeno: engineNameIn(against) === "tensorflow" },
      datasetNeeds({ ...datasetIn(against), data }, place),
    );
  },
};

/** Checks the row that `args` name and returns the exit code. */
export function main(args: readonly string[], surroundings?: VerifySurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work(line, streams) {
      const options = readOptions(line);
      const { verify } = await import("../judge/verify_row.ts");
      const { realSurroundings } = await import("../run/surroundings.ts");
      return await verify(
        options,
        surroundings ?? { ...realSurroundings(), ...streams, random: randomFraction },
      );
    },
  });
}

function randomFraction(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] / (UINT32_MAX + 1);
}

function readOptions({ flags, positionals: [row] }: CommandLine<typeof SYNTAX>): VerifyOptions {
  let iteration = readWholeNumber("--iteration", flags.get("iteration"), ITERATION_LIMITS);
  let seed = readWholeNumber("--seed", flags.get("seed"), SEED_LIMITS);
  if (row !== undefined) {
    const named = readRow(row);
    if (iteration !== undefined || seed !== undefined) {
      throw new UsageError(
        `Cannot use the row: expected either "${row}" or --iteration and --seed, got both; leave one out`,
      );
    }
    ({ iteration, seed } = named);
  }
  return {
    iteration: iteration ?? DEFAULT_ITERATION,
    seed,
    epochs: readWholeNumber("--epochs", flags.get("epochs"), EPOCH_LIMITS),
    against: flags.get("against") ?? PUBLISHED,
    data: flags.get("data"),
    json: flags.has("json"),
    workers: readWholeNumber("--workers", flags.get("workers"), workerLimits()),
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));

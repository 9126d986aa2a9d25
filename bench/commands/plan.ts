/**
 * How many seeds it takes to show that a mean accuracy is above a target: `deno task plan`.
 *
 * @module
 */
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { readCommandLine, readWholeNumber } from "../command_line/flags.ts";
import { formatCount, formatInterval, formatMean, formatPercent, MISSING } from "../command_line/format.ts";
import { readPercent, readPoints, readShare } from "../command_line/numbers.ts";
import { paint } from "../command_line/paint.ts";
import { columns, type Table } from "../report/report.ts";
import { layOut } from "../report/terminal.ts";
import { readResults } from "../run/results.ts";
import { type CompletedTrialRow, isCompleted } from "../run/rows.ts";
import {
  binomialStandardError,
  describe,
  deviationInterval,
  type Distribution,
  MOST_TRIALS,
  oneSamplePower,
  requiredCount,
  wilsonInterval,
} from "../statistics/mod.ts";
import { reaches, TARGET_ACCURACY } from "../run/summary.ts";
import { type Output, realSurroundings } from "../run/surroundings.ts";

const DEFAULTS = { alpha: 0.01, power: 0.9 } as const;
/** Of the interval of a measured deviation, whose upper end gives the cautious plan. */
const CAUTION = 0.8;
const MNIST_TEST_IMAGES = 10_000;

const FLAGS = {
  target: "string",
  mean: "string",
  sd: "string",
  from: "string",
  iteration: "string",
  power: "string",
  alpha: "string",
  help: "boolean",
} as const;

const HELP = `Plans how many seeds are needed to show that the mean final accuracy is above a target.

Usage: deno task plan --mean PERCENT --sd POINTS [flags]
       deno task plan --from RUN [flags]

  --mean PERCENT   the mean that is supposed, such as 99.45
  --sd POINTS      the standard deviation from seed to seed that is supposed, such as 0.05
  --from RUN       take both from the trials of a results folder instead
  --iteration N    only of this iteration, with --from      (default: all)
  --target PERCENT what the mean is to be above             (default: ${formatPercent(TARGET_ACCURACY, 1)})
  --power P        how often it should succeed              (default: ${DEFAULTS.power})
  --alpha P        level of the one-sided t test            (default: ${DEFAULTS.alpha})
  --help           this text

Examples:
  deno task plan --target 99.4 --mean 99.45 --sd 0.05 --power 0.9
  deno task plan --from results/reference --iteration 5

Exit codes: 0 planned, 2 usage or input error.
`;

/** What is to be shown, and how surely; accuracies are fractions. */
interface Goal {
  readonly target: number;
  readonly alpha: number;
  readonly power: number;
}

/** What `plan` takes from outside. */
export interface PlannerSurroundings {
  readonly out: Output;
  readonly err: Output;
}

/** Plans what `args` ask for and returns the exit code. */
export function main(
  args: readonly string[],
  { out, err }: PlannerSurroundings = realSurroundings(),
): number {
  try {
    const { flags } = readCommandLine(args, FLAGS, { positionals: 0 });
    if (flags.has("help")) {
      out.write(HELP);
      return EXIT.ok;
    }
    const share = (flag: "alpha" | "power") => {
      const text = flags.get(flag);
      return text === undefined ? DEFAULTS[flag] : readShare(flag, text);
    };
    const target = flags.get("target");
    const goal = {
      target: target === undefined ? TARGET_ACCURACY : readPercent("target", target),
      alpha: share("alpha"),
      power: share("power"),
    };
    const from = flags.get("from"), mean = flags.get("mean"), sd = flags.get("sd");
    if (from !== undefined) {
      if (mean !== undefined || sd !== undefined) {
        throw new UsageError(
          "Cannot use --from: expected either it or --mean and --sd, got both; leave one out",
        );
      }
      out.write(planFromRun(from, goal, { iteration: flags.get("iteration"), color: out.color }));
      return EXIT.ok;
    }
    if (mean === undefined || sd === undefined) {
      const given = ["mean", "sd"].filter((flag) => flags.has(flag as "mean" | "sd")).map((flag) =>
        `--${flag}`
      );
      throw new UsageError(
        `Cannot plan: expected --mean and --sd, or --from RUN, got ${given[0] ?? "neither"}; see --help`,
      );
    }
    if (flags.has("iteration")) {
      throw new UsageError(
        "Cannot use --iteration: expected --from with it, got --mean and --sd; leave it out",
      );
    }
    out.write(planFromNumbers(readPercent("mean", mean), readPoints("sd", sd), { goal, color: out.color }));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    err.write(`error: ${reasonOf(error)}\n`);
    return EXIT.usage;
  }
}

/** The smallest n whose power suffices; undefined where none below 100,000 does. */
export function requiredSeeds(mean: number, deviation: number, goal: Goal): number | undefined {
  return requiredCount(goal.power, powerOf(mean, deviation, goal));
}

function powerOf(mean: number, deviation: number, { target, alpha }: Goal): (n: number) => number {
  return (n) => oneSamplePower(n, { shift: mean - target, deviation, alpha });
}

function planFromNumbers(
  mean: number,
  deviation: number,
  { goal, color }: { readonly goal: Goal; readonly color: boolean },
): string {
  if (reaches(goal.target, mean)) {
    throw new UsageError(
      `Cannot plan: expected a --mean above the target ${show(goal.target)} %, got ${
        show(mean)
      } %; no number of seeds shows what is not so`,
    );
  }
  const n = requiredSeeds(mean, deviation, goal), power = powerOf(mean, deviation, goal);
  const shown = n === undefined ? [] : [2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, n]
    .filter((count) => count >= 2 && count <= Math.max(n, 5));
  const table: Table = {
    columns: columns("> n", "> Power"),
    rows: [...new Set(shown)].sort((a, b) => a - b).map((count) => [
      formatCount(count),
      power(count).toFixed(3),
    ]),
  };
  return [
    goalLine(goal),
    `if the mean is ${show(mean)} % and the standard deviation ${show(deviation)} points:`,
    "",
    paint(
      n === undefined ? `  more than ${formatCount(MOST_TRIALS)} seeds` : `  n = ${formatCount(n)} seeds`,
      "bold",
      color,
    ),
    "",
    ...(n === undefined ? [] : [layOut(table, color), ""]),
    imagesNote(mean, MNIST_TEST_IMAGES),
    "",
  ].join("\n");
}

/** Plans each iteration of a results folder from its measured mean and deviation. */
function planFromRun(
  path: string,
  goal: Goal,
  options: { readonly iteration?: string; readonly color: boolean },
): string {
  const { manifest, trials } = readResults(path);
  const wanted = readWholeNumber("--iteration", options.iteration, { least: 1, most: 9999 });
  const ids = [...new Set(trials.map((trial) => trial.iteration))].sort((a, b) => a - b);
  if (wanted !== undefined && !ids.includes(wanted)) {
    throw new UsageError(
      `Cannot use --iteration: expected one with trials in "${path}" (${ids.join(", ")}), got "${wanted}"`,
    );
  }
  const rows = ids.filter((id) => wanted === undefined || id === wanted).map((id) => {
    const completed = trials.filter((trial): trial is CompletedTrialRow =>
      trial.iteration === id && isCompleted(trial)
    );
    return [String(id), ...planCells(describe(completed.map((trial) => trial.finalTestAccuracy)), goal)];
  });
  const table: Table = {
    columns: columns("> Iteration", "> n", "> Final [%]", "> n needed", "> n, cautiously"),
    rows,
  };
  return [
    goalLine(goal),
    `if mean and standard deviation are as measured in ${path}:`,
    "",
    layOut(table, options.color),
    "",
    `Cautiously: with the upper end of the deviation's ${
      formatPercent(CAUTION, 0)
    } % interval, since a deviation`,
    "that few seeds gave is itself uncertain.",
    imagesNote(goal.target, manifest.dataset.testImages),
    "",
  ].join("\n");
}

function planCells(measured: Distribution | undefined, goal: Goal): string[] {
  if (measured === undefined) return ["0", MISSING, MISSING, MISSING];
  const { n, mean, deviation } = measured;
  const start = [String(n), formatMean(measured)];
  if (reaches(goal.target, mean)) return [...start, "mean not above", MISSING];
  if (deviation === undefined) return [...start, "needs 2 seeds to plan", MISSING];
  const needed = (spread: number) => {
    const count = requiredSeeds(mean, spread, goal);
    return count === undefined ? `> ${formatCount(MOST_TRIALS)}` : formatCount(count);
  };
  return [...start, needed(deviation), needed(deviationInterval(deviation, n, CAUTION).high)];
}

function goalLine({ target, alpha, power }: Goal): string {
  return `To show that the mean final accuracy is above ${
    show(target)
  } % at p < ${alpha} (one-sided t test) with power ${power},`;
}

/** What seeds do not help against. */
function imagesNote(accuracy: number, images: number): string {
  const interval = wilsonInterval(Math.round(accuracy * images), images);
  return [
    `This is about seeds. ${formatCount(images)} test images at ${show(accuracy)} % add a standard error of`,
    `${formatPercent(binomialStandardError(accuracy, images), 3)} points (95 %: ${
      formatInterval(interval)
    } %), which more seeds do not make smaller.`,
  ].join("\n");
}

/** In percent, with two decimals or as many as there are. */
function show(fraction: number): string {
  const text = String(Number((fraction * 100).toFixed(6)));
  return text.length > formatPercent(fraction).length ? text : formatPercent(fraction);
}

if (import.meta.main) Deno.exit(main(Deno.args));

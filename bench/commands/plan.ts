/**
 * How many seeds it takes to show that a mean accuracy is above a target: `deno task plan`.
 *
 * @module
 */
import { type Command, runCommand } from "../command_line/command.ts";
import { UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { formatPercent } from "../command_line/format.ts";
import type { Streams } from "../command_line/output.ts";
import {
  ITERATION_LIMITS,
  readPercent,
  readPoints,
  readShare,
  readWholeNumber,
} from "../command_line/values.ts";
import type { Goal } from "../judge/seed_plan.ts";
import { reaches, TARGET_ACCURACY } from "../run/summary.ts";

const DEFAULTS = { alpha: 0.01, power: 0.9 } as const;

const HELP = `Plans how many seeds are needed to show that the mean final accuracy is above a target.

Usage: deno task plan --mean PERCENT --sd POINTS [flags]
       deno task plan --from RUN [flags]

  --mean PERCENT    the mean that is supposed, such as 99.45
  --sd POINTS       the standard deviation from seed to seed that is supposed, such as 0.05
  --from RUN        take both from the trials of a results folder instead
  --iteration N     only of this iteration, with --from      (default: all)
  --target PERCENT  what the mean is to be above             (default: ${formatPercent(TARGET_ACCURACY, 1)})
  --power P         how often it should succeed              (default: ${DEFAULTS.power})
  --alpha P         level of the one-sided t test            (default: ${DEFAULTS.alpha})
  --json            one JSON document instead of text; accuracies are fractions there
  --help            this text

Examples:
  deno task plan --target 99.4 --mean 99.45 --sd 0.05 --power 0.9
  deno task plan --from results/reference --iteration 5

Exit codes: 0 planned, 2 usage or input error.
`;

const SYNTAX = {
  flags: {
    target: "text",
    mean: "text",
    sd: "text",
    from: "path",
    iteration: "text",
    power: "text",
    alpha: "text",
    json: "switch",
  },
} as const;
type Line = CommandLine<typeof SYNTAX>;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs({ flags }) {
    const from = flags.get("from");
    return { read: from === undefined ? [] : [from] };
  },
};

/** Plans what `args` ask for and returns the exit code. */
export function main(args: readonly string[], streams?: Streams): Promise<number> {
  return runCommand(command, args, { streams, work: plan });
}

async function plan({ flags }: Line, { out }: Streams): Promise<number> {
  const goal = readGoal(flags);
  const from = flags.get("from"), mean = flags.get("mean"), sd = flags.get("sd");
  if (from !== undefined) {
    if (mean !== undefined || sd !== undefined) {
      throw new UsageError(
        "Cannot use --from: expected either it or --mean and --sd, got both; leave one out",
      );
    }
    out.write(await planRun(from, goal, { flags, screen: out }));
    return EXIT.ok;
  }
  if (mean === undefined || sd === undefined) {
    const given = (["mean", "sd"] as const).find((flag) => flags.has(flag));
    throw new UsageError(
      `Cannot plan: expected --mean and --sd, or --from RUN, got ${
        given === undefined ? "neither" : `--${given}`
      }; see --help`,
    );
  }
  if (flags.has("iteration")) {
    throw new UsageError(
      "Cannot use --iteration: expected --from with it, got --mean and --sd; leave it out",
    );
  }
  const supposed = { mean: readPercent("--mean", mean), deviation: readPoints("--sd", sd) };
  out.write(await planSupposed(supposed, goal, { flags, screen: out }));
  return EXIT.ok;
}

function readGoal(flags: Line["flags"]): Goal {
  const share = (flag: "alpha" | "power") => {
    const text = flags.get(flag);
    return text === undefined ? DEFAULTS[flag] : readShare(`--${flag}`, text);
  };
  const target = flags.get("target");
  return {
    target: target === undefined ? TARGET_ACCURACY : readPercent("--target", target),
    alpha: share("alpha"),
    power: share("power"),
  };
}

interface Shown {
  readonly flags: Line["flags"];
  readonly screen: Streams["out"];
}

async function planRun(path: string, goal: Goal, { flags, screen }: Shown): Promise<string> {
  const iteration = readWholeNumber("--iteration", flags.get("iteration"), ITERATION_LIMITS);
  const { planFromRun } = await import("../judge/seed_plan.ts");
  const { readResults } = await import("../run/results.ts");
  const record = readResults(path), { testImages } = record.manifest.dataset;
  const plans = planFromRun(record, goal, { path, iteration });
  if (flags.has("json")) return `${JSON.stringify({ from: path, goal, plans }, null, 2)}\n`;
  const { formatMeasuredPlans } = await import("../report/seed_plan.ts");
  return formatMeasuredPlans(plans, goal, { path, testImages, color: screen.color, width: screen.width });
}

async function planSupposed(
  { mean, deviation }: { readonly mean: number; readonly deviation: number },
  goal: Goal,
  { flags, screen }: Shown,
): Promise<string> {
  const { formatSupposedPlan, show } = await import("../report/seed_plan.ts");
  const { planFromNumbers } = await import("../judge/seed_plan.ts");
  if (reaches(goal.target, mean)) {
    throw new UsageError(
      `Cannot plan: expected a --mean above the target ${show(goal.target)} %, got ${
        show(mean)
      } %; no number of seeds shows what is not so`,
    );
  }
  const plan = planFromNumbers(mean, deviation, goal);
  return flags.has("json")
    ? `${JSON.stringify({ goal, plan }, null, 2)}\n`
    : formatSupposedPlan(plan, goal, screen);
}

if (import.meta.main) Deno.exit(await main(Deno.args));

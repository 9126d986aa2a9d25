/**
 * The gate that holds a run against the reference: `deno task regress`.
 *
 * @module
 */
import { type Command, runCommand } from "../command_line/command.ts";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { PUBLISHED, RUNS } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import { readNumber, readPoints, readShare } from "../command_line/values.ts";
import type { RegressionRules } from "../judge/regress/compare.ts";

const DEFAULTS = { alpha: 0.01, drop: 0.0015, power: 0.8 } as const;
const JOB_SUMMARY = "GITHUB_STEP_SUMMARY";

const HELP = `Compares a run with reference results and fails where it fell behind.

Usage: deno task regress [RUN] [flags]

  RUN                   folder of the run        (default: the latest in ${RUNS} on the test set that is no quick one)
  --against DIR         the reference            (default: ${PUBLISHED})
  --alpha P             level of each one-sided test                     (default: ${DEFAULTS.alpha})
  --drop POINTS         drop of the mean accuracy that must be found     (default: ${DEFAULTS.drop * 100})
  --power P             with at least this power                         (default: ${DEFAULTS.power})
  --least-speed RATIO   fail below this share of the reference's speed   (default: speed is only shown)
  --summary FILE        append a Markdown summary to FILE                (default: $GITHUB_STEP_SUMMARY, if set)
  --allow-underpowered  exit 0 even where there are too few trials to tell
  --json                one JSON document instead of the table
  --help                this text

First the digests: where the engine promises equal bits, the same trial must give the same weights in every epoch,
and then nothing else can have changed. Otherwise the parameter count must be the same, the mean final accuracy not
lower (t test, paired where both sides have the same seeds), the target not reached later (Mann-Whitney), and no
more trials lost. Speed is compared on the same machine only.

Examples:
  deno task bench --iterations 1 --seeds 0 --out results/runs/gate
  deno task regress results/runs/gate          the same bits as the reference?
  deno task regress --drop 0.1 --allow-underpowered

Exit codes: 0 no regression, 1 regression, 2 usage or input error, 3 underpowered.
`;

const SYNTAX = {
  flags: {
    against: "path",
    alpha: "text",
    drop: "text",
    power: "text",
    "least-speed": "text",
    summary: "path",
    "allow-underpowered": "switch",
    json: "switch",
  },
  positionals: ["path"],
} as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line) {
    const { run, against, summary = Deno.env.get(JOB_SUMMARY) } = readOptions(line);
    return {
      read: [against, ...(run === undefined ? [RUNS] : [run])],
      write: summary ? [summary] : [],
      env: [JOB_SUMMARY],
    };
  },
};

interface RegressOptions extends RegressionRules {
  readonly run?: string;
  readonly against: string;
  readonly summary?: string;
  readonly allowUnderpowered: boolean;
  readonly json: boolean;
}

/** What `regress` takes from outside. */
export interface RegressSurroundings extends Streams {
  /** Where CI shows a job's summary. */
  readonly jobSummary: () => string | undefined;
}

/** Compares what `args` name and returns the exit code. */
export function main(args: readonly string[], surroundings?: RegressSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    work: (line, streams) =>
      regress(readOptions(line), surroundings ?? { ...streams, jobSummary: () => Deno.env.get(JOB_SUMMARY) }),
  });
}

function readOptions({ flags, positionals: [run] }: CommandLine<typeof SYNTAX>): RegressOptions {
  const read = (flag: keyof typeof SYNTAX.flags, parse: (name: string, text: string) => number) => {
    const text = flags.get(flag);
    return text === undefined ? undefined : parse(`--${flag}`, text);
  };
  return {
    run,
    against: flags.get("against") ?? PUBLISHED,
    alpha: read("alpha", readShare) ?? DEFAULTS.alpha,
    drop: read("drop", readPoints) ?? DEFAULTS.drop,
    power: read("power", readShare) ?? DEFAULTS.power,
    leastSpeed: read(
      "least-speed",
      (name, text) => readNumber(name, text, { wanted: "a ratio above 0 such as 0.9", above: 0, upTo: 1000 }),
    ),
    summary: flags.get("summary"),
    allowUnderpowered: flags.has("allow-underpowered"),
    json: flags.has("json"),
  };
}

async function regress(
  options: RegressOptions,
  { out, err, jobSummary }: RegressSurroundings,
): Promise<number> {
  const { compareRuns } = await import("../judge/regress/compare.ts");
  const { checkComparable } = await import("../judge/regress/read_runs.ts");
  const { readResults } = await import("../run/results.ts");
  const { comparisonJson, comparisonTitle, formatComparison, formatComparisonMarkdown } = await import(
    "../report/regression.ts"
  );
  const path = options.run ?? await newestRun();
  const reference = readResults(options.against), run = readResults(path);
  checkComparable({ path, run }, { path: options.against, run: reference });
  const comparison = compareRuns(run, reference, options);
  const title = comparisonTitle(run.manifest, reference.manifest);
  out.write(
    options.json ? comparisonJson(comparison, { run: path, against: options.against }) : formatComparison(
      comparison,
      {
        title: `${path} against ${options.against}  ${title}`,
        color: out.color,
        width: out.width,
      },
    ),
  );
  const markdown = () => formatComparisonMarkdown(comparison, { title });
  // what a person asks for must come; what CI offers must not cost the verdict
  if (options.summary !== undefined) append(options.summary, markdown());
  else {
    const file = jobSummary();
    try {
      if (file) append(file, markdown());
    } catch (error) {
      err.write(`warning: ${reasonOf(error)}\n`);
    }
  }
  if (comparison.status === "regressed") return EXIT.failed;
  return comparison.status === "underpowered" && !options.allowUnderpowered ? EXIT.underpowered : EXIT.ok;
}

/** The latest run that is a result: on the test set, and no quick one. */
async function newestRun(): Promise<string> {
  const { latestRun } = await import("../run/latest_run.ts");
  const path = latestRun(".", ({ quick, validation }) => !quick && validation === undefined);
  if (path !== undefined) return path;
  throw new UsageError(
    `Cannot find a run: expected one on the test set in "${RUNS}" that is no quick one, got none; run \`deno task bench\` first or name a folder`,
  );
}

function append(file: string, text: string): void {
  try {
    Deno.writeTextFileSync(file, `${text}\n`, { append: true });
  } catch (error) {
    throw new UsageError(
      `Cannot write the summary to "${file}": expected a file that can be written, got "${reasonOf(error)}"`,
    );
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));

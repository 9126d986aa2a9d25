/**
 * The gate that holds a run against the reference: `deno task regress`.
 *
 * @module
 */
import { join } from "node:path";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { readCommandLine } from "../command_line/flags.ts";
import { parseManifest } from "../run/manifest.ts";
import { readNumber, readPoints, readShare } from "../command_line/numbers.ts";
import { compareRuns, type Comparison, type RegressionRules } from "../judge/regress/compare.ts";
import { formatComparison, formatComparisonMarkdown } from "../report/regression.ts";
import { runTitle } from "../report/report.ts";
import { readResults } from "../run/results.ts";
import type { RunRecord } from "../run/run_folder.ts";
import { type Output, realSurroundings } from "../run/surroundings.ts";
import { REFERENCE } from "./tables.ts";

const RUNS = join("results", "runs");
const DEFAULTS = { alpha: 0.01, drop: 0.0015, power: 0.8 } as const;

const FLAGS = {
  against: "string",
  alpha: "string",
  drop: "string",
  power: "string",
  "least-speed": "string",
  summary: "string",
  "allow-underpowered": "boolean",
  help: "boolean",
} as const;

const HELP = `Compares a run with reference results and fails where it fell behind.

Usage: deno task regress [RUN] [flags]

  RUN                   folder of the run        (default: the latest in ${RUNS})
  --against DIR         the reference            (default: ${REFERENCE})
  --alpha P             level of each one-sided test                     (default: ${DEFAULTS.alpha})
  --drop POINTS         drop of the mean accuracy that must be found     (default: ${DEFAULTS.drop * 100})
  --power P             with at least this power                         (default: ${DEFAULTS.power})
  --least-speed RATIO   fail below this share of the reference's speed   (default: speed is only shown)
  --summary FILE        append a Markdown summary to FILE                (default: $GITHUB_STEP_SUMMARY, if set)
  --allow-underpowered  exit 0 even where there are too few trials to tell
  --help                this text

First the digests: where the engine promises equal bits, the same trial must give the same weights in every epoch,
and then nothing else can have changed. Otherwise the parameter count must be the same, the mean final accuracy not
lower (paired t test where both sides have the same seeds, else Welch's), the target not reached later
(Mann-Whitney), and no more trials lost. Speed is compared on the same machine only.

Examples:
  deno task bench --iterations 1 --seeds 0 --out results/runs/gate
  deno task regress results/runs/gate          the same bits as the reference?
  deno task regress --drop 0.1 --allow-underpowered

Exit codes: 0 no regression, 1 regression, 2 usage or input error, 3 underpowered.
`;

interface RegressOptions extends RegressionRules {
  readonly run?: string;
  readonly against: string;
  readonly summary?: string;
  readonly allowUnderpowered: boolean;
}

/** What `regress` takes from outside. */
export interface RegressSurroundings {
  readonly out: Output;
  readonly err: Output;
  /** Where CI shows a job's summary. */
  readonly jobSummary: () => string | undefined;
}

/** Compares what `args` name and returns the exit code. */
export function main(
  args: readonly string[],
  surroundings: RegressSurroundings = {
    ...realSurroundings(),
    jobSummary: () => Deno.env.get("GITHUB_STEP_SUMMARY"),
  },
): number {
  const { out, err } = surroundings;
  try {
    const options = readOptions(args);
    if (options === "help") {
      out.write(HELP);
      return EXIT.ok;
    }
    const comparison = regress(options, surroundings);
    if (comparison.status === "regressed") return EXIT.failed;
    return comparison.status === "underpowered" && !options.allowUnderpowered ? EXIT.underpowered : EXIT.ok;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    err.write(`error: ${reasonOf(error)}\n`);
    return EXIT.usage;
  }
}

function readOptions(args: readonly string[]): RegressOptions | "help" {
  const { flags, positionals: [run] } = readCommandLine(args, FLAGS, { positionals: 1 });
  if (flags.has("help")) return "help";
  const read = (flag: keyof typeof FLAGS, parse: (flag: string, text: string) => number) => {
    const text = flags.get(flag);
    return text === undefined ? undefined : parse(flag, text);
  };
  return {
    run,
    against: flags.get("against") ?? REFERENCE,
    alpha: read("alpha", readShare) ?? DEFAULTS.alpha,
    drop: read("drop", readPoints) ?? DEFAULTS.drop,
    power: read("power", readShare) ?? DEFAULTS.power,
    leastSpeed: read(
      "least-speed",
      (flag, text) => readNumber(flag, text, { wanted: "a ratio above 0 such as 0.9", above: 0, upTo: 1000 }),
    ),
    summary: flags.get("summary"),
    allowUnderpowered: flags.has("allow-underpowered"),
  };
}

function regress(options: RegressOptions, { out, jobSummary }: RegressSurroundings): Comparison {
  const path = options.run ?? latestRun();
  const reference = readResults(options.against), run = readResults(path);
  checkComparable({ path, run }, { path: options.against, run: reference });
  const comparison = compareRuns(run, reference, options);
  const engine = ({ manifest: { engine } }: RunRecord) => `${engine.name} ${engine.version}`;
  const what = `${runTitle(run.manifest).split(", engine")[0]}: engine ${engine(run)} against ${
    engine(reference)
  }`;
  const file = options.summary ?? (jobSummary() || undefined);
  if (file !== undefined) append(file, formatComparisonMarkdown(comparison, { title: what }));
  out.write(
    formatComparison(comparison, { title: `${path} against ${options.against}  ${what}`, color: out.color }),
  );
  return comparison;
}

/** The run folder whose last command started last. */
function latestRun(): string {
  let names: string[];
  try {
    names = [...Deno.readDirSync(RUNS)].filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    names = [];
  }
  const runs = names.sort().flatMap((name) => {
    const path = join(RUNS, name), manifest = join(path, "manifest.json");
    try {
      const { invocations } = parseManifest(Deno.readTextFileSync(manifest), manifest);
      return [{ path, start: invocations.at(-1)?.start ?? "" }];
    } catch {
      // No run, or one that whoever names it will be told about.
      return [];
    }
  });
  if (runs.length === 0) {
    throw new UsageError(
      `Cannot find a run: expected results in "${RUNS}", got none; run \`deno task bench\` first or name a folder`,
    );
  }
  return runs.reduce((a, b) => b.start > a.start ? b : a).path;
}

interface NamedRun {
  readonly path: string;
  readonly run: RunRecord;
}

/** @throws {UsageError} If the two cannot say anything about each other. */
function checkComparable(here: NamedRun, there: NamedRun): void {
  const refuse = (wanted: string, got: string, next: string) =>
    new UsageError(
      `Cannot compare "${here.path}" with "${there.path}": expected ${wanted}, got ${got}; ${next}`,
    );
  if (Deno.realPathSync(here.path) === Deno.realPathSync(there.path)) {
    throw refuse("two folders", "the same one", "name another run or --against");
  }
  const data = ({ run: { manifest: { dataset } } }: NamedRun) => [
    ["data set", dataset.name],
    ["training images", String(dataset.trainImages)],
    ["test images", String(dataset.testImages)],
    ...Object.entries(dataset.digests).sort(([a], [b]) => a < b ? -1 : 1),
  ];
  const got = new Map(data(here).map(([what, value]) => [what, value]));
  for (const [what, wanted] of data(there)) {
    if (got.get(what) === wanted) continue;
    throw refuse(`the same ${what}, ${wanted}`, got.get(what) ?? "none", "train on the same data");
  }
  const ids = ({ run }: NamedRun) =>
    [...new Set(run.trials.map(({ iteration }) => iteration))].sort((a, b) => a - b);
  const wanted = ids(there);
  if (!ids(here).some((id) => wanted.includes(id))) {
    throw refuse(
      `trials of iterations that both have (${wanted.join(", ")})`,
      ids(here).join(", "),
      "train one of them",
    );
  }
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

if (import.meta.main) Deno.exit(main(Deno.args));

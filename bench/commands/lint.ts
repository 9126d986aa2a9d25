/**
 * Says what would make an iteration's results mean less than they seem: `deno task lint FILE`.
 *
 * @module
 */
import type { LabelledImages } from "../../data/types.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { iterationFolders, readIterationName } from "../command_line/iteration_names.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { plural } from "../command_line/format.ts";
import type { Output, Streams } from "../command_line/output.ts";
import type { LintFinding } from "../judge/lint.ts";

const HELP = `Says what would make an iteration's results mean less than they seem.

Usage: deno task lint FILE [flags]

  FILE             an iteration, such as models/iterations/05_one_cycle.ts
  --data DIR       look also for test images among the training images of the MNIST files there
  --results DIR    look also for trials of it that are copies of each other
  --help           this text

Rules: test normalization other than in training, more than 20 epochs or 20,000 parameters, criteria and claims
on the best epoch, parameters that cannot learn (noted only), test images in the training set, trials that occur
twice.
Exit codes: 0 no warnings, 1 warnings, 2 usage or input error.
`;

const SYNTAX = { flags: { data: "path", results: "path" }, positionals: ["iterations"] } as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs({ flags, positionals: [file] }) {
    const named = [flags.get("data"), flags.get("results")].filter((path) => path !== undefined);
    return { read: [...iterationFolders(file), ...named] };
  },
};

/** What the linter takes from outside. */
export interface LintSurroundings extends Streams {
  readonly loadData: (
    folder: string,
  ) => Promise<{ readonly train: LabelledImages; readonly test: LabelledImages }>;
}

/** Lints the file that `args` name and returns the exit code. */
export function main(args: readonly string[], surroundings?: LintSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work(line, streams) {
      const { loadDataset } = await import("../../data/dataset.ts");
      return await lint(
        line,
        surroundings ?? { ...streams, loadData: (dir) => loadDataset("mnist", { dir }) },
      );
    },
  });
}

async function lint(
  { flags, positionals: [file] }: CommandLine<typeof SYNTAX>,
  { loadData, out }: LintSurroundings,
): Promise<number> {
  if (file === undefined) {
    throw new UsageError(
      `Cannot lint: expected a file such as "models/iterations/05_one_cycle.ts", got none; see --help`,
    );
  }
  const { lintData, lintIteration, lintResults } = await import("../judge/lint.ts");
  const { loadNamedIterations } = await import("../../models/catalog.ts");
  const { readRows } = await import("../run/results.ts");
  const [iteration] = await asUsageError(() =>
    loadNamedIterations([readIterationName(file, "the iteration")])
  );
  const findings = lintIteration(iteration);
  const results = flags.get("results"), data = flags.get("data");
  if (results !== undefined) {
    findings.push(...lintResults(readRows(results)).filter((each) => each.iteration === iteration.id));
  }
  if (data !== undefined) findings.push(...lintData(await loadData(data)));
  return show(file, findings, out);
}

function show(file: string, findings: readonly LintFinding[], out: Output): number {
  const write = (line: string) => out.write(`${line}\n`);
  for (const { level, rule, message } of findings) write(`${file}: ${level} (${rule}) ${message}`);
  const count = (level: LintFinding["level"]) =>
    plural(findings.filter((finding) => finding.level === level).length, level);
  write(`${file}: ${count("warning")}, ${count("note")}`);
  return findings.some(({ level }) => level === "warning") ? EXIT.failed : EXIT.ok;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

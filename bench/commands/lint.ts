/**
 * Says what would make an iteration's results mean less than they seem: `deno task lint FILE`.
 *
 * @module
 */
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { loadDataset } from "../../data/dataset.ts";
import { DataError, type LabelledImages } from "../../data/types.ts";
import type { Iteration } from "../../models/types.ts";
import { validateIteration } from "../../models/validate.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { readCommandLine } from "../command_line/flags.ts";
import { plural } from "../command_line/format.ts";
import { lintData, type LintFinding, lintIteration, lintResults } from "../judge/lint.ts";
import { readRows } from "../run/results.ts";

const HELP = `Says what would make an iteration's results mean less than they seem.

Usage: deno task lint FILE [flags]

  FILE             an iteration, such as models/05_one_cycle.ts
  --data DIR       look also for test images among the training images of the MNIST files there
  --results DIR    look also for trials of it that are copies of each other
  --help           this text

Rules: test normalization other than in training, augmentation of test images, fields that nothing reads, more than
20 epochs or 20,000 parameters, criteria and claims on the best epoch, parameters that cannot learn (noted only),
test images in the training set, trials that occur twice.
Exit codes: 0 no warnings, 1 warnings, 2 usage or input error.
`;

/** What the linter takes from outside. */
export interface LintSurroundings {
  readonly loadData: (
    folder: string,
  ) => Promise<{ readonly train: LabelledImages; readonly test: LabelledImages }>;
  readonly write: (text: string) => void;
}

/** Lints the file that `args` name and returns the exit code. */
export async function main(
  args: readonly string[],
  surroundings: LintSurroundings = {
    loadData: (dir) => loadDataset("mnist", { dir }),
    write: (text) => console.log(text),
  },
): Promise<number> {
  const { write } = surroundings;
  try {
    const { flags, positionals: [file] } = readCommandLine(args, {
      data: "string",
      results: "string",
      help: "boolean",
    }, { positionals: 1 });
    if (flags.has("help")) {
      write(HELP.trimEnd());
      return EXIT.ok;
    }
    if (file === undefined) {
      throw new UsageError(
        `Cannot lint: expected a file such as "models/05_one_cycle.ts", got none; see --help`,
      );
    }
    const iteration = await importIteration(file);
    const findings = lintIteration(iteration);
    const results = flags.get("results"), data = flags.get("data");
    if (results !== undefined) {
      findings.push(...lintResults(readRows(results)).filter((each) => each.iteration === iteration.id));
    }
    if (data !== undefined) findings.push(...lintData(await surroundings.loadData(data)));
    return show(file, findings, write);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof DataError)) throw error;
    write(`error: ${reasonOf(error)}`);
    return EXIT.usage;
  }
}

function show(file: string, findings: readonly LintFinding[], write: (text: string) => void): number {
  for (const { level, rule, message } of findings) write(`${file}: ${level} (${rule}) ${message}`);
  const count = (level: LintFinding["level"]) =>
    plural(findings.filter((finding) => finding.level === level).length, level);
  write(`${file}: ${count("warning")}, ${count("note")}`);
  return findings.some(({ level }) => level === "warning") ? EXIT.failed : EXIT.ok;
}

/**
 * The one iteration that a file exports, checked as one of the catalog is.
 *
 * @throws {UsageError} If the file cannot be imported or exports something else.
 */
async function importIteration(file: string): Promise<Iteration> {
  let module: Record<string, unknown>;
  try {
    if (!Deno.statSync(file).isFile) throw new Error("no file");
    module = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    const got = error instanceof Deno.errors.NotFound ? "none" : `"${reasonOf(error)}"`;
    throw new UsageError(`Cannot lint "${file}": expected a module that can be imported, got ${got}`, {
      cause: error,
    });
  }
  const values = Object.values(module);
  if (values.length !== 1 || !isIteration(values[0])) {
    const names = Object.keys(module).map((name) => `"${name}"`).join(", ") || "none";
    throw new UsageError(
      `Cannot lint "${
        basename(file)
      }": expected one export, an Iteration with "id" and "layers", got ${names}`,
    );
  }
  const [iteration] = values;
  await asUsageError(() => Promise.resolve().then(() => validateIteration(iteration)));
  return iteration;
}

function isIteration(value: unknown): value is Iteration {
  return typeof value === "object" && value !== null && "id" in value && "layers" in value;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

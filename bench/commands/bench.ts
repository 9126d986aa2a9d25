/**
 * Trains iterations over several seeds, judges them and writes the results: `deno task bench`.
 *
 * @module
 */
import { type Command, runCommand } from "../command_line/command.ts";
import { UsageError } from "../command_line/errors.ts";
import { type CommandLine, readCommandLine } from "../command_line/flags.ts";
import { iterationFolders, readIterationNames } from "../command_line/iteration_names.ts";
import { dataNeeds, joinNeeds, RUNS } from "../command_line/needs.ts";
import { readChoice, readShard, readWholeNumber } from "../command_line/values.ts";
import { type BenchOptions, DEFAULT_OPTIONS, WEIGHTS } from "../run/options.ts";
import { plannedDataset } from "../run/plan_data.ts";
import { MOST_SEEDS, readTrainingFlags, TRAINING_FLAGS, trainingNeeds } from "../run/training_flags.ts";
import type { Surroundings } from "../run/surroundings.ts";
import type { EvaluationRequest } from "../weights/evaluate_file.ts";

const HELP = `Trains the iterations over several seeds, judges them and writes the results.

Usage: deno task bench [flags]

  --iterations LIST   which iterations: numbers, ranges, files, such as 1,5 or 1-3,./my_net.ts
                      (default: those of models/iterations; 6 to 11 are models/frontier, 101 and on the field)
  --seeds LIST        which seeds, such as 0-4 or 0,2,7, or fresh:5 for five that the commit's hash gives
                                                                          (default: 0-2, on a GPU 0-24)
  --trials N          seeds 0 to N-1, instead of --seeds
  --epochs N          stop after N epochs; schedules keep their length    (default: each iteration's own)
  --engine NAME       webgpu (a GPU), wasm (the CPU), tensorflow, or auto: webgpu where there is a GPU,
                      else wasm                                           (default: auto)
  --tf-backend NAME   with --engine tensorflow: node-gpu, node, webgpu or cpu     (default: the best native)
  --workers N         workers that train, or draw for the GPU             (default: one per core)
  --data DIR          folder with the MNIST files     (default: $MNIST_DIR, data/cache/mnist, or download)
  --dataset NAME      mnist, fashion-mnist, kmnist, qmnist (MNIST's training set, 50,000 other test
                      images), synthetic, or a folder with four IDX files (default: mnist)
  --validate          while you choose: hold training images of some writers out, measure on those,
                      and never evaluate the test set
  --out DIR           folder for the results        (default: results/runs/<data set>-<engine><version>)
  --weights WHICH     keep trained weights: none, first (the lowest seed named) or all  (default: first)
  --plan FILE         train what \`deno task plan:run\` wrote; it decides all that changes a result, and
                      --iterations and --seeds choose from it; a failed criterion is left to \`deno task merge\`
  --shard I/N         train the Ith of N parts of the plan that cost about the same
  --quick             4,096 training and 2,000 test images, seed 0, 2 epochs: a trial of the tool, no result
  --from FILE         train nothing: evaluate these weights (safetensors) of the one iteration that --iterations
                      names, as \`deno task import\` does; with --data and --json alone
  --no-assert         exit 0 even where a criterion fails
  --json              one JSON document on standard output, everything else on standard error
  --help              this text

Examples:
  deno task bench                                 all five iterations, seeds 0 to 2, on a GPU 0 to 24
  deno task bench --quick                         from start to table in under a minute
  deno task bench --iterations 5 --seeds 0-9      ten seeds of iteration 5
  deno task bench --iterations 5 --seeds fresh:5  five seeds that nobody picked
  deno task bench --iterations ./my_net.ts        a network of your own
  deno task bench --iterations ./my_net.ts --validate      the same, leaving the test set for the end
  deno task bench --iterations 2 --epochs 5       the first five epochs of iteration 2
  deno task bench --from w.safetensors --iterations 5     accuracy of weights that are there
  deno task bench --dataset synthetic --quick     without network or MNIST files
  deno task bench --json > run.json               for another program
  deno task bench --plan plan.json --shard 3/8 --out shards/3    one machine's part; see cluster/README.md

The same command run again continues what was interrupted or shows what is there; other iterations and seeds
are added to the same folder. A failed trial is tried again, a diverged one stays as it is.

Exit codes: 0 all criteria met, 1 a criterion failed, 2 usage or input error, 130 interrupted.
`;

/** In the order in which the help has them. */
const { seeds, ...training } = TRAINING_FLAGS;
const SYNTAX = {
  flags: {
    iterations: "iterations",
    seeds,
    trials: "text",
    ...training,
    weights: "text",
    from: "path",
    plan: "path",
    shard: "text",
    "no-assert": "switch",
    json: "switch",
  },
} as const;
type Line = CommandLine<typeof SYNTAX>;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line, place) {
    const evaluation = readEvaluation(line);
    if (evaluation !== undefined) {
      const read = [evaluation.file, ...iterationFolders(evaluation.iteration)];
      return joinNeeds({ read, trains: true }, dataNeeds(evaluation.data, place, { mayDownload: true }));
    }
    const { plan, ...options } = readOptions(line);
    const dataset = plan === undefined ? options.dataset : plannedDataset(plan) ?? DEFAULT_OPTIONS.dataset;
    return trainingNeeds({ ...options, dataset }, place, {
      out: options.out ?? RUNS,
      read: [...iterationFolders(line.flags.get("iterations")), ...(plan === undefined ? [] : [plan])],
    });
  },
};

/** Runs the benchmark that `args` ask for and returns the exit code. */
export function main(args: readonly string[], surroundings?: Surroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work(line, streams) {
      const evaluation = readEvaluation(line);
      if (evaluation !== undefined) {
        const { evaluateFile } = await import("../weights/evaluate_file.ts");
        return await evaluateFile(evaluation, surroundings ?? streams);
      }
      const options = readOptions(line);
      const { runBenchmark } = await import("../benchmark.ts");
      return (await runBenchmark(options, surroundings ?? streams)).exitCode;
    },
  });
}

/**
 * Reads the command line; `"help"` where that is asked for.
 *
 * @throws {UsageError} If a flag is unknown, repeated, contradicts another or has a value that it cannot take.
 */
export function parseOptions(args: readonly string[]): BenchOptions | "help" {
  const line = readCommandLine(args, SYNTAX);
  return line.wantsHelp ? "help" : readOptions(line);
}

/** What `--from` asks for; undefined where it is not given. @throws {UsageError} Beside a flag of training. */
function readEvaluation({ flags }: Line): EvaluationRequest | undefined {
  const file = flags.get("from");
  if (file === undefined) return undefined;
  const other = [...flags.keys()].find((flag) => !["from", "iterations", "data", "json"].includes(flag));
  if (other !== undefined) {
    throw new UsageError(
      `Cannot use --${other}: expected no training with --from, got both; leave one out`,
    );
  }
  return {
    file,
    iteration: flags.get("iterations"),
    iterationFlag: "--iterations",
    data: flags.get("data"),
    json: flags.has("json"),
  };
}

function readOptions({ flags }: Line): BenchOptions {
  if (flags.has("seeds") && flags.has("trials")) {
    throw new UsageError(`Cannot use --trials: expected either --seeds or --trials, got both; leave one out`);
  }
  const plan = readPlanFlags(flags);
  const training = readTrainingFlags(flags);
  const trials = readWholeNumber("--trials", flags.get("trials"), { least: 1, most: MOST_SEEDS });
  return {
    iterations: readIterationNames(flags.get("iterations")),
    ...training,
    ...plan,
    seeds: trials === undefined ? training.seeds : Array.from({ length: trials }, (_, seed) => seed),
    testAtEnd: false,
    seedBySeed: false,
    outByEngine: false,
    assert: !flags.has("no-assert"),
    json: flags.has("json"),
    weights: readChoice("--weights", flags.get("weights"), WEIGHTS) ?? DEFAULT_OPTIONS.weights,
  };
}

/** What a plan decides, so that a flag beside it could only contradict it. */
const DECIDED_BY_PLAN = [
  "trials",
  "epochs",
  "engine",
  "tf-backend",
  "dataset",
  "validate",
  "weights",
  "quick",
] as const;

function readPlanFlags(flags: Line["flags"]): Pick<BenchOptions, "plan" | "shard"> {
  const plan = flags.get("plan"), shard = readShard("--shard", flags.get("shard"));
  if (plan === undefined) {
    if (shard === undefined) return {};
    throw new UsageError(
      "Cannot use --shard: expected --plan with it, got none; write one with `deno task plan:run`",
    );
  }
  const decided = DECIDED_BY_PLAN.find((flag) => flags.has(flag));
  if (decided !== undefined) {
    throw new UsageError(
      `Cannot use --${decided}: expected it to be decided by the plan "${plan}", got it beside --plan; leave it out or plan anew`,
    );
  }
  const chosen = (["iterations", "seeds"] as const).find((flag) => flags.has(flag));
  if (shard !== undefined && chosen !== undefined) {
    throw new UsageError(
      `Cannot use --shard: expected either it or --${chosen}, got both; leave one out`,
    );
  }
  if (flags.get("seeds")?.startsWith("fresh:")) {
    throw new UsageError(
      `Cannot use --seeds fresh: expected seeds of the plan "${plan}", got others; name them`,
    );
  }
  return { plan, ...(shard === undefined ? {} : { shard }) };
}

if (import.meta.main) Deno.exit(await main(Deno.args));

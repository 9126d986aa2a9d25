/**
 * Trains the same seed on two engines and says, step by step, how far they are apart: `deno task crosscheck`.
 *
 * The tool for whoever writes a new kernel. A wrong one shows in the first step; a wrong update in the second.
 *
 * @module
 */
import { markdownTable } from "markdown-table";
import { namedTensors } from "../../engine/initial_weights.ts";
import { TENSORFLOW_BACKENDS } from "../../engine/tensorflow/messages.ts";
import { loadIterations } from "../../models/catalog.ts";
import type { Iteration } from "../../models/types.ts";
import { Comparison, relativeDifference, type StepDifference } from "../crosscheck/compare.ts";
import { svgPlot, textPlot } from "../crosscheck/loss_plot.ts";
import { NETWORKS } from "../crosscheck/networks.ts";
import { SteppedEngine } from "../crosscheck/process.ts";
import { planRun, TRAINING_IMAGES } from "../crosscheck/run.ts";
import { allowed, type Excess, firstExcess, kindOf, LOGITS_TOLERANCE } from "../crosscheck/tolerances.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { readCommandLine, readWholeNumber } from "../command_line/flags.ts";
import { parseOptions } from "../run/options.ts";
import { selectIterations } from "../run/plan.ts";

const DEFAULTS = { engines: "wasm,tensorflow", iterations: "1,3-5", steps: 5, seed: 0 } as const;
const UINT32_MAX = 0xffff_ffff;

const FLAGS = {
  engines: "string",
  iterations: "string",
  steps: "string",
  batch: "string",
  seed: "string",
  "tf-backend": "string",
  plot: "string",
  help: "boolean",
} as const;

const HELP =
  `Trains the same seed on two engines and compares losses, gradients and running statistics in each step.

Usage: deno task crosscheck [flags]

  --engines A,B       two of ${Object.keys(NETWORKS).join(", ").padEnd(37)}(default: ${DEFAULTS.engines})
  --iterations LIST   which iterations, such as 1,5 or 1-3            (default: ${DEFAULTS.iterations}; 2 trains as 1 does)
  --steps N           how many steps                                  (default: ${DEFAULTS.steps})
  --batch N           images in each                                  (default: each iteration's own)
  --seed N            whose weights, order, augmentation and dropout  (default: ${DEFAULTS.seed})
  --tf-backend NAME   of tensorflow: ${TENSORFLOW_BACKENDS.join(", ").padEnd(33)}(default: the best native)
  --plot FILE         draw the loss curves as SVG, too
  --help              this text

Examples:
  deno task crosscheck                                               wasm beside native TensorFlow
  deno task crosscheck --tf-backend cpu --batch 8 --steps 3          where no native TensorFlow is set up
  deno task crosscheck --engines wasm,webgpu                         the CPU engine beside the GPU engine
  deno task crosscheck --engines wasm,wasm                           an engine beside itself: no difference

The images are drawn by the project. Each engine runs in a process of its own.
Exit codes: 0 within tolerance, 1 beyond or an engine broke off, 2 usage or input error.
`;

interface CrosscheckOptions {
  readonly engines: readonly [string, string];
  readonly iterations: readonly number[];
  readonly steps: number;
  readonly batch?: number;
  readonly seed: number;
  readonly tfBackend?: typeof TENSORFLOW_BACKENDS[number];
  readonly plot?: string;
}

function readOptions(args: readonly string[]): CrosscheckOptions | "help" {
  const { flags } = readCommandLine(args, FLAGS, { positionals: 0 });
  if (flags.has("help")) return "help";
  const known = Object.keys(NETWORKS).join(", "), text = flags.get("engines") ?? DEFAULTS.engines;
  const engines = text.split(",").map((name) => name.trim());
  if (engines.length !== 2) {
    throw new UsageError(
      `Cannot use --engines: expected two of ${known}, such as "wasm,tensorflow", got "${text}"`,
    );
  }
  for (const engine of engines) {
    if (!Object.hasOwn(NETWORKS, engine)) {
      throw new UsageError(`Cannot use --engines: expected two of ${known}, got "${engine}"`);
    }
  }
  const backend = flags.get("tf-backend");
  const tfBackend = TENSORFLOW_BACKENDS.find((each) => each === backend);
  if (backend !== undefined && tfBackend === undefined) {
    throw new UsageError(
      `Cannot use --tf-backend: expected one of ${TENSORFLOW_BACKENDS.join(", ")}, got "${backend}"`,
    );
  }
  if (backend !== undefined && !engines.includes("tensorflow")) {
    throw new UsageError(
      `Cannot use --tf-backend: expected tensorflow among the engines, got "${text}"; leave it out`,
    );
  }
  // lists are read as the bench command reads them
  const list = parseOptions(["--iterations", flags.get("iterations") ?? DEFAULTS.iterations]);
  return {
    engines: [engines[0], engines[1]],
    iterations: list === "help" ? [] : list.iterations ?? [],
    steps: readWholeNumber("--steps", flags.get("steps"), { least: 1, most: 1000 }) ?? DEFAULTS.steps,
    batch: readWholeNumber("--batch", flags.get("batch"), { least: 2, most: TRAINING_IMAGES }),
    seed: readWholeNumber("--seed", flags.get("seed"), { least: 0, most: UINT32_MAX }) ?? DEFAULTS.seed,
    tfBackend,
    plot: flags.get("plot"),
  };
}

/** Runs `deno task crosscheck` and returns the exit code. */
export async function main(
  args: readonly string[],
  write: (text: string) => void = (text) => console.log(text),
): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === "help") {
      write(HELP.trimEnd());
      return EXIT.ok;
    }
    return await crosscheck(options, write);
  } catch (error) {
    // an engine that breaks off in the middle of a step is a finding, not a mistake on the command line
    console.error(`error: ${reasonOf(error)}`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

async function crosscheck(options: CrosscheckOptions, write: (text: string) => void): Promise<number> {
  const catalog = await asUsageError(() => loadIterations());
  const iterations = selectIterations(catalog, options.iterations);
  const started: SteppedEngine[] = [];
  try {
    for (const engine of options.engines) {
      started.push(await asUsageError(() => SteppedEngine.start(engine, { tfBackend: options.tfBackend })));
    }
    const [first, second] = started;
    started.forEach(({ device }, i) => write(`${options.engines[i]}${device ? `: ${device}` : ""}`));
    let failed = false;
    const runs: { title: string; steps: readonly StepDifference[] }[] = [];
    for (const iteration of iterations) {
      const { steps, text, isWithin } = await compareIteration(iteration, [first, second], options);
      write(`\n${text}`);
      failed ||= !isWithin;
      runs.push({ title: `Iteration ${iteration.id}`, steps });
    }
    if (options.plot !== undefined) await writePlot(options.plot, await svgPlot(runs, options.engines));
    write(`\n${failed ? "beyond tolerance" : "within tolerance"}: ${options.engines.join(" beside ")}`);
    return failed ? EXIT.failed : EXIT.ok;
  } finally {
    for (const engine of started) engine.close();
  }
}

async function writePlot(path: string, svg: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, svg);
  } catch (error) {
    throw new UsageError(
      `Cannot write "${path}": expected a file that can be written, got "${reasonOf(error)}"`,
    );
  }
}

/** Trains an iteration on both, and puts what came out of it into words. */
async function compareIteration(
  iteration: Iteration,
  [first, second]: readonly [SteppedEngine, SteppedEngine],
  { engines, seed, steps: count, batch }: CrosscheckOptions,
): Promise<{ steps: readonly StepDifference[]; text: string; isWithin: boolean }> {
  const batchSize = batch ?? iteration.training.batchSize;
  const run = planRun(iteration, { seed, steps: count, batchSize });
  const comparison = new Comparison(namedTensors(iteration.layers, run.values));
  const steps: StepDifference[] = [];
  const ofFirst = first.train(run), ofSecond = second.train(run);
  let last = run.values;
  while (true) {
    const [a, b] = await Promise.all([ofFirst.next(), ofSecond.next()]);
    if (a.done || b.done) break;
    steps.push(comparison.next(a.value, b.value));
    last = Float32Array.from(a.value.tensors.flatMap(({ data }) => [...data]));
  }
  const [logits, expected] = await Promise.all([first, second].map((engine) => engine.evaluate(run, last)));
  const logitsApart = relativeDifference(logits, expected);
  const { kind } = iteration.training.optimizer;
  const excess = firstExcess(steps, kind);
  const logitsFit = logitsApart <= LOGITS_TOLERANCE;
  return {
    steps,
    isWithin: excess === undefined && logitsFit,
    text: [
      `iteration ${iteration.id} ${iteration.title}, ${kind}, seed ${seed}, batches of ${batchSize}`,
      "",
      stepTable(steps, engines, kind),
      "",
      "evaluation with the same weights: logits " +
      `${show(logitsApart)} apart, ${show(LOGITS_TOLERANCE)} allowed${logitsFit ? "" : ": beyond tolerance"}`,
      excess === undefined ? `within tolerance in all steps` : excessLine(excess),
      "",
      textPlot(steps, engines),
    ].join("\n"),
  };
}

function excessLine({ step, what, difference, allowed }: Excess): string {
  return `beyond tolerance first in step ${step}: ${what} ${show(difference)} apart, ${
    show(allowed)
  } allowed`;
}

function stepTable(
  steps: readonly StepDifference[],
  engines: readonly [string, string],
  optimizer: Iteration["training"]["optimizer"]["kind"],
): string {
  const layers = steps[0].gradients.map(({ layer }) => layer);
  const kinds = (["convolution", "linear"] as const).filter((kind) =>
    layers.some((layer) => kindOf(layer) === kind)
  );
  const header = [
    "Step",
    ...engines.map((engine) => `Loss ${engine}`),
    "Loss",
    "Allowed",
    "Statistics",
    "Allowed",
  ]
    .concat(
      kinds.flatMap((
        kind,
      ) => [...layers.filter((layer) => kindOf(layer) === kind).map((layer) => `∇ ${layer}`), "Allowed"]),
    );
  return markdownTable([
    header,
    ...steps.map(({ step, losses, loss, runningStatistics, gradients }) => {
      const limits = allowed(step, optimizer);
      return [
        String(step),
        ...losses.map((each) => each.toFixed(6)),
        show(loss),
        show(limits.loss),
        show(runningStatistics),
        show(limits.runningStatistics),
        ...kinds.flatMap((kind) => [
          ...gradients.filter(({ layer }) => kindOf(layer) === kind).map(({ difference }) =>
            show(difference)
          ),
          show(limits[kind] ?? "any"),
        ]),
      ];
    }),
  ], { align: header.map(() => "r") });
}

function show(value: number | "any"): string {
  return value === 0 || value === "any" ? String(value) : value.toExponential(1);
}

if (import.meta.main) Deno.exit(await main(Deno.args));

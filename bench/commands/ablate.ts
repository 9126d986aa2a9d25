/**
 * Says what each part of a recipe is worth: `deno task ablate 5 --without dropout`.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { IterationName } from "../../models/catalog.ts";
import type { Iteration } from "../../models/iteration.ts";
import type { PlannedVariants } from "../ablate/variants.ts";
import type { BenchmarkResult } from "../benchmark.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { iterationFolders, readIterationName } from "../command_line/iteration_names.ts";
import { RUNS } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import type { Manifest } from "../run/manifest.ts";
import { type BenchOptions, DEFAULT_OPTIONS } from "../run/options.ts";
import type { TestLabels } from "../run/test_labels.ts";
import {
  readTrainingFlags,
  TRAINING_FLAGS,
  trainingNeeds,
  type TrainingOptions,
} from "../run/training_flags.ts";

const HELP =
  `Trains an iteration and variants of it that lack one thing each, and says what each thing is worth.

Usage: deno task ablate [ITERATION] [flags]

  ITERATION           a number or a file                                  (default: 5)
  --without LIST      what to take out, one at a time: channel-expansion, global-average-pool,
                      matched-normalization, one-cycle, dropout, pointwise-conv, one-cycle-cosine,
                      augmentation                               (default: all that it has)
  --variants FILE     instead: a file that lists variants, each with one change:
                      { "variants": [{ "name": "no decay", "training": { "schedule": … } }, …] }
  --seeds LIST        which seeds, such as 0-4 or fresh:5                 (default: 0-9)
  --epochs N          stop after N epochs; schedules keep their length
  --engine NAME       webgpu (a GPU), wasm (the CPU), tensorflow, or auto          (default: auto)
  --tf-backend NAME   with --engine tensorflow: node-gpu, node, webgpu or cpu
  --workers N         workers that train                                  (default: one per core)
  --data DIR          folder with the data set
  --dataset NAME      as for bench                                        (default: mnist)
  --validate          measure on held-out training images, never on the test set
  --out DIR           folder for the results           (default: results/runs/ablate-ITERATION)
  --quick             a part of the data, 2 epochs: a trial of the tool, no result
  --json              one JSON document on standard output, everything else on standard error
  --help              this text

It trains one seed of everything and then the next; run again, it continues what was interrupted.
Effects are paired by seed, with intervals for other seeds and for other writers, and corrected by
Holm's method over all variants.

Examples:
  deno task ablate 5 --without dropout,augmentation
  deno task ablate ./my_net.ts --validate               while you choose
  deno task ablate 5 --out results/ablations            all of them, into the published folder

Exit codes: 0 done, 2 usage or input error, 130 interrupted.
`;

const SYNTAX = {
  flags: { ...TRAINING_FLAGS, without: "text", variants: "path", json: "switch" },
  positionals: ["iterations"],
} as const;
type Line = CommandLine<typeof SYNTAX>;

const DEFAULT_ITERATION = "5";

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line, place) {
    const { training, variants } = readOptions(line);
    const read = [
      ...iterationFolders(line.positionals[0]),
      ...(variants === undefined ? [] : [dirname(variants)]),
    ];
    return trainingNeeds(training, place, { out: training.out ?? RUNS, read });
  },
};

/** What `ablate` takes from outside. */
export interface AblateSurroundings extends Streams {
  readonly loadIteration: (name: IterationName) => Promise<Iteration>;
  readonly loadValue: (url: URL) => Promise<unknown>;
  readonly bench: (
    options: Partial<BenchOptions>,
    iterations: readonly Iteration[],
  ) => Promise<BenchmarkResult>;
  /** Of the images that a run was measured on. */
  readonly loadLabels: (manifest: Manifest, options: BenchOptions) => Promise<TestLabels>;
}

interface AblateOptions {
  readonly name: IterationName;
  readonly without?: string;
  readonly variants?: string;
  readonly training: TrainingOptions;
  readonly json: boolean;
}

/** Ablates what `args` name and returns the exit code. */
export function main(args: readonly string[], surroundings?: AblateSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    work: async (line, streams) => ablate(readOptions(line), surroundings ?? await realSurroundings(streams)),
  });
}

function readOptions({ flags, positionals: [name = DEFAULT_ITERATION] }: Line): AblateOptions {
  if (flags.has("without") && flags.has("variants")) {
    throw new UsageError(
      `Cannot use --variants: expected either --without or --variants, got both; leave one out`,
    );
  }
  return {
    name: readIterationName(name, "the iteration"),
    without: flags.get("without"),
    variants: flags.get("variants"),
    training: readTrainingFlags(flags),
    json: flags.has("json"),
  };
}

async function ablate(options: AblateOptions, surroundings: AblateSurroundings): Promise<number> {
  const { ABLATION_SEEDS, ablationFolder, recordedVariants } = await import("../ablate/ablate.ts");
  const { measureEffects } = await import("../ablate/effects.ts");
  const { ABLATIONS_FILE, effectsMarkdown, effectsText } = await import("../report/ablations.ts");
  const { EFFECTS, formatEffects } = await import("../run/effects.ts");
  const { readResults } = await import("../run/results.ts");
  const { replaceFile } = await import("../run/run_folder.ts");
  const { readRunFolder } = await import("../run/run_record.ts");
  const { out, err } = surroundings, { training } = options;
  const base = await asUsageError(() => surroundings.loadIteration(options.name));
  const { variants, leftOut } = await plan(base, options, surroundings);
  if (leftOut.length > 0) err.write(`iteration ${base.id} has no ${leftOut.join(", no ")}: not taken out\n`);
  const seeds = training.seeds ?? (training.quick ? undefined : ABLATION_SEEDS);
  const wanted: BenchOptions = {
    ...DEFAULT_OPTIONS,
    ...training,
    seeds,
    out: training.out ??
      ablationFolder(base, training, options.variants === undefined ? undefined : variants),
    seedBySeed: true,
    assert: false,
    weights: "none",
  };
  const { exitCode, folder } = await surroundings.bench(wanted, [
    base,
    ...variants.map(({ iteration }) => iteration),
  ]);
  // interrupted before its first trial, which was said
  if (readRunFolder(folder)?.trials.length === 0) return exitCode;
  const record = readResults(folder);
  const test = await surroundings.loadLabels(record.manifest, wanted);
  // all that the folder holds: what was trained before is part of the same table
  const rows = measureEffects(folder, record, {
    base: base.id,
    variants: recordedVariants(record.manifest.iterations),
    test,
  });
  replaceFile(folder, EFFECTS, formatEffects(rows));
  replaceFile(folder, ABLATIONS_FILE, effectsMarkdown(rows, record));
  const shown = options.json ? err : out;
  shown.write(`\n${effectsText(rows, record, { color: shown.color, width: shown.width })}`);
  shown.write(`\nEffects: ${folder}/${ABLATIONS_FILE}\n`);
  if (options.json) out.write(`${JSON.stringify({ folder, base: base.id, effects: rows }, null, 2)}\n`);
  return exitCode;
}

async function plan(
  base: Iteration,
  { without, variants: file }: AblateOptions,
  { loadValue }: AblateSurroundings,
): Promise<PlannedVariants> {
  const { planAblations, planListed, readAblationNames } = await import("../ablate/variants.ts");
  if (file === undefined) return planAblations(base, readAblationNames(without));
  const value = await asUsageError(() => loadValue(pathToFileURL(resolve(file))));
  return await planListed(base, value, file);
}

/** The real ones. */
async function realSurroundings(streams: Streams): Promise<AblateSurroundings> {
  const { loadNamedIterations, loadValue } = await import("../../models/catalog.ts");
  return {
    ...streams,
    loadIteration: async (name) => (await loadNamedIterations([name]))[0],
    loadValue: async (url) => (await loadValue(url, "an object with variants")).value,
    async bench(options, iterations) {
      const { runBenchmark } = await import("../benchmark.ts");
      return await runBenchmark({ ...options, iterations: iterations.map(({ id }) => id) }, {
        // the tables of the training are beside what was asked for
        out: streams.err,
        err: streams.err,
        loadNamedIterations: () => Promise.resolve(iterations),
      });
    },
    async loadLabels(manifest, options) {
      const { loadJudgedLabels } = await import("../run/judged_labels.ts");
      return await loadJudgedLabels(manifest, options, streams);
    },
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));

/**
 * A benchmark run from options to results: load, plan, train, judge, report.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Dataset } from "../data/types.ts";
import { checkTrials } from "../engine/check_trials.ts";
import type { Engine, Trial, TrialEvent } from "../engine/engine.ts";
import type { BrokenFile } from "../models/catalog.ts";
import type { Iteration } from "../models/iteration.ts";
import type { TestLabels } from "./run/test_labels.ts";
import { asUsageError, reasonOf, UsageError } from "./command_line/errors.ts";
import { EXIT } from "./command_line/exit_codes.ts";
import { formatCount, formatNumberList, plural } from "./command_line/format.ts";
import type { Output } from "./command_line/output.ts";
import { fitToPart, loadImages, loadTestLabels } from "./run/load_data.ts";
import { deriveFreshSeeds, type FreshSeeds } from "./run/fresh_seeds.ts";
import { defaultFolder, folderFor, identityOf, outFor } from "./run/identity.ts";
import { newManifest, withEnd, withFreshSeeds, withInvocation, withPlan } from "./run/manifest.ts";
import {
  lintData,
  type LintFinding,
  lintIteration,
  lintResults,
  lintSeeds,
  warningLines,
} from "./judge/lint.ts";
import { type BenchOptions, DEFAULT_OPTIONS, defaultSeeds } from "./run/options.ts";
import { checkEpochLimit, planTrials } from "./run/plan.ts";
import { Progress } from "./run/progress.ts";
import { type ProgressDisplay, showProgress } from "./run/progress_display.ts";
import { DERIVED_FILES, deriveFiles } from "./report/run_files.ts";
import { serializeJson } from "./report/json.ts";
import {
  type JudgedIteration,
  makeReport,
  publishedFinals,
  QUICK_WARNING,
  type Report,
  runTitle,
} from "./report/report.ts";
import { iterationLines, serializeTerminal } from "./report/terminal.ts";
import { isCompleted, type TrialId, trialKey } from "./run/rows.ts";
import { RunFolder, weightsPath } from "./run/run_folder.ts";
import { countTried } from "./run/tried.ts";
import { forEngine, holdingOut } from "./run/validation.ts";
import type { RunRecord } from "./run/run_record.ts";
import { type RunOutcome, runTrials } from "./run/runner.ts";
import { checkPlannedHere, commitWarning, type PlannedWork, planWork } from "./shards/planned_work.ts";
import { realSurroundings, type Surroundings } from "./run/surroundings.ts";
import type { Distribution } from "./statistics/mod.ts";

/** How a benchmark ended. */
export interface BenchmarkResult {
  readonly outcome: RunOutcome;
  /** Everything that the folder holds, judged. */
  readonly report: Report;
  /** Where the results are. */
  readonly folder: string;
  /** 0, 1 where a criterion of an iteration that was asked for failed, 130 when interrupted. */
  readonly exitCode: number;
}

/**
 * Trains what is wanted and the folder does not hold yet, and writes the results.
 *
 * What `wanted` leaves out is as on the command line; what `given` leaves out is the machine as it is.
 *
 * @throws {UsageError} If an iteration is unknown, or the folder cannot be used.
 * @throws {DataError} If the data set cannot be had.
 */
export async function runBenchmark(
  wanted: Partial<BenchOptions> = {},
  given: Partial<Surroundings> = {},
): Promise<BenchmarkResult> {
  const surroundings = { ...realSurroundings(), ...given };
  const stated = { ...DEFAULT_OPTIONS, ...wanted };
  const planned = planWork(stated);
  const asked = { ...stated, ...planned?.options };
  const fresh = asked.freshSeeds === undefined
    ? undefined
    : deriveFreshSeeds(asked.freshSeeds, surroundings.readEnvironment().git, {
      problem: surroundings.commitProblem(),
      from: asked.freshFrom,
    });
  const unusable: BrokenFile[] = [];
  const own = await asUsageError(() => surroundings.loadIterations((broken) => unusable.push(broken)));
  const named = asked.iterations;
  const iterations = planned?.iterations ??
    (named === undefined ? own : await asUsageError(() => surroundings.loadNamedIterations(named)));
  // who names iterations is not concerned by the others
  const broken = named === undefined && planned === undefined ? unusable : [];
  if (iterations.length === 0 && broken.length > 0) throw new UsageError(reasonOf(broken[0].error));
  if (planned === undefined) checkEpochLimit(iterations, asked);
  const catalog = [...iterations, ...own.filter(({ id }) => iterations.every((each) => each.id !== id))];
  const images = await loadImages(asked, surroundings), { dataset, validation } = images;
  const test = await loadTestLabels(images, asked, surroundings);
  const engine = await asUsageError(() => surroundings.createEngine(asked));
  try {
    const onGpu = engine.name === "webgpu" && engine.device.kind === "gpu";
    const seeds = fresh?.seeds ?? asked.seeds ?? defaultSeeds({ quick: asked.quick, onGpu });
    // A seed that is named twice is one trial.
    const options = { ...asked, seeds: [...new Set(seeds)] };
    const lint = [...iterations.flatMap(lintIteration), ...lintSeeds(seeds), ...lintData(dataset)];
    const identity = identityOf(options, { dataset, validation, engine });
    if (planned !== undefined) checkPlannedHere(planned.file, identity, engine);
    const trials = planTrials(iterations, options.seeds, {
      epochs: options.epochs,
      seedBySeed: options.seedBySeed,
      isLeftOut: (trial) => planned?.includes(trial) === false,
    });
    // so many images fewer may leave a last batch that the recipe cannot have
    if (validation !== undefined) {
      await asUsageError(() => Promise.resolve().then(() => checkTrials(holdingOut(dataset, trials))));
    }
    const path = outFor(options, identity) ?? `${folderFor(identity, iterations)}${planned?.suffix ?? ""}`;
    const folder = new RunFolder(path, newManifest(identity), iterations);
    try {
      const parts: RunParts = {
        options,
        trials,
        planned,
        fresh: fresh ?? planned?.file.plan.freshSeeds?.[0],
        surroundings,
        catalog,
        iterations,
        broken,
        dataset,
        test,
        lint,
        engine,
        folder,
      };
      return await new Run(parts).run();
    } finally {
      folder.close();
    }
  } finally {
    engine.close();
  }
}

interface RunParts {
  readonly options: BenchOptions & { readonly seeds: readonly number[] };
  /** All that are asked for, those included that the folder holds. */
  readonly trials: readonly Trial[];
  /** The part of a plan that this is, if it is one. */
  readonly planned?: PlannedWork;
  /** Where the seeds come from, if from a commit. */
  readonly fresh?: FreshSeeds;
  readonly surroundings: Surroundings;
  readonly catalog: readonly Iteration[];
  readonly iterations: readonly Iteration[];
  /** Files of the project that hold no usable iteration, where all were asked for. */
  readonly broken: readonly BrokenFile[];
  readonly dataset: Dataset;
  readonly test: TestLabels;
  /** What is to be known of all these before their results are read. */
  readonly lint: readonly LintFinding[];
  readonly engine: Engine;
  readonly folder: RunFolder;
}

/** One run, once everything that it needs is there. */
class Run {
  /** Where results are shown; the JSON document has standard output for itself. */
  private readonly shown: Output;
  private display?: ProgressDisplay;
  /** Null where there are none. */
  private references?: readonly RunRecord[];
  /** Reports that are still to be written. */
  private unwritten = DERIVED_FILES;

  constructor(private readonly parts: RunParts) {
    const { options, surroundings } = parts;
    this.shown = options.json ? surroundings.err : surroundings.out;
  }

  async run(): Promise<BenchmarkResult> {
    const { surroundings } = this.parts;
    const trials = this.openTrials();
    const interruption = new AbortController();
    // until the last report is written: what Deno does by itself would cut it off without a word
    const stopListening = surroundings.onInterrupt((times) => {
      if (times === 1) interruption.abort();
      else this.cutOff();
    });
    try {
      this.greet(trials);
      const outcome = trials.length === 0 ? "completed" : await this.train(trials, interruption.signal);
      return await this.finish(outcome);
    } finally {
      stopListening();
    }
  }

  /** Writes and shows what came of it. */
  private async finish(outcome: RunOutcome): Promise<BenchmarkResult> {
    const { options, surroundings, folder, catalog, test } = this.parts;
    const files = deriveFiles(folder.path, folder.record, {
      catalog,
      test,
      references: this.published(),
    });
    let next = files.next();
    while (!next.done) {
      const { file, text } = next.value;
      folder.saveReport(file, text);
      this.unwritten = this.unwritten.filter((each) => each !== file);
      // a second Ctrl-C is heard only between two things that are done
      await new Promise((resolve) => setTimeout(resolve));
      next = files.next();
    }
    const report = next.value;
    const exitCode = this.exitCode(outcome, report);
    if (report.iterations.length > 0) {
      this.shown.write("\n" + serializeTerminal(report, this.shown, this.wholeRuns()));
    }
    this.shown.write(`\n${this.closing(outcome)}\n`);
    if (options.json) {
      surroundings.out.write(serializeJson(report, { folder: folder.path, outcome, exitCode }));
    }
    return { outcome, report, folder: folder.path, exitCode };
  }

  /** Ends at once, and says what that leaves undone. */
  private cutOff(): void {
    const { folder, surroundings: { err, date, exit } } = this.parts;
    this.display?.stop();
    const { invocations } = folder.record.manifest;
    if (invocations.at(-1)?.outcome === "running") {
      folder.saveManifest(withEnd(folder.record.manifest, date().toISOString(), "interrupted"));
    }
    err.write(
      `\nInterrupted again: ${
        this.unwritten.length === 0 ? "nothing" : this.unwritten.join(", ")
      } of ${folder.path} not written.\nFinished trials are kept; run the same command again to continue.\n`,
    );
    exit(EXIT.interrupted);
  }

  /** What is about to happen. */
  private greet(trials: readonly Trial[]): void {
    const { options, fresh, surroundings: { err }, iterations, dataset, engine, folder } = this.parts;
    const { planned, trials: all } = this.parts;
    const commitProblem = this.parts.surroundings.commitProblem();
    const done = all.length - trials.length;
    err.write([
      `data     ${runTitle(folder.record.manifest).split(", engine")[0]}: ${dataset.source}`,
      `engine   ${engine.name} ${engine.version}: ${engine.device.description}, ${
        plural(engine.device.workers, "worker")
      }`,
      `trials   ${
        planned?.title ??
          `iterations ${formatNumberList(iterations.map(({ id }) => id))} × seeds ${
            formatNumberList(options.seeds)
          }`
      }${fresh === undefined ? "" : ` of commit ${fresh.commit.slice(0, 12)}`}: ${formatCount(all.length)}${
        planned === undefined ? "" : ` of ${formatCount(planned.file.plan.trials.length)}`
      }${done === 0 ? "" : `, ${done} of them already there`}`,
      `results  ${folder.path}${
        folder.path.includes("-edited-") && options.out === undefined
          ? `, since ${defaultFolder(folder.record.manifest)} holds other versions of what was edited`
          : ""
      }`,
      ...(commitProblem === undefined
        ? []
        : [`warning  the commit is not recorded in full: ${commitProblem}`]),
      ...(planned === undefined
        ? []
        : commitWarning(planned.file, this.parts.surroundings.readEnvironment().git))
        .map((line) => `warning  ${line}`),
      ...this.parts.broken.map(({ error }) => `warning  left out: ${reasonOf(error)}`),
      ...folder.notices.map((line) => `warning  ${line}`),
      ...warningLines([...this.parts.lint, ...lintResults(folder.record)]).map((line) => `warning  ${line}`),
      ...this.weightsWarning(),
      ...(options.quick ? [QUICK_WARNING] : []),
      "",
      "",
    ].join("\n"));
  }

  /** That weights are wanted of trials which ended without keeping theirs. */
  private weightsWarning(): string[] {
    const { options, trials, folder } = this.parts;
    if (options.weights !== "all") return [];
    const asked = new Set(trials.map((trial) => trialKey(idOf(trial))));
    const lost =
      folder.record.trials.filter((trial) =>
        isCompleted(trial) && asked.has(trialKey(trial)) && !existsSync(join(folder.path, weightsPath(trial)))
      ).length;
    return lost === 0 ? [] : [
      `warning  --weights all: ${
        plural(lost, "finished trial")
      } of these did not keep theirs; choose another --out to train them again`,
    ];
  }

  private async train(trials: readonly Trial[], signal: AbortSignal): Promise<RunOutcome> {
    const { options, surroundings, dataset, engine, folder } = this.parts;
    const { now, date, err } = surroundings;
    // A failed trial's old row makes room for the new one.
    folder.discard(trials.map(idOf));
    const { description: device, workers } = engine.device;
    const environment = surroundings.readEnvironment();
    const keepsWeights = ({ seed }: { readonly seed: number }) =>
      options.weights === "all" || (options.weights === "first" && seed === options.seeds[0]);
    const seeds = this.parts.trials.map(({ seed }) => seed), { planned } = this.parts;
    const manifest = withPlan(folder.record.manifest, this.parts.iterations, seeds);
    const begun = withInvocation(
      this.parts.fresh === undefined ? manifest : withFreshSeeds(manifest, this.parts.fresh),
      {
        ...environment,
        start: date().toISOString(),
        device,
        workers,
        ...(planned === undefined ? {} : { planned: planned.part }),
      },
      trials,
      keepsWeights,
    );
    folder.saveManifest({ ...begun, tried: countTried(folder.path, begun) });

    const isValidation = folder.record.manifest.validation !== undefined;
    const parts = fitToPart(trials, options);
    const { trials: fitted, train, test } = isValidation
      ? forEngine(dataset, parts)
      : { ...dataset, trials: parts };
    const progress = new Progress(fitted, train.labels.length);
    const display = this.display = showProgress(progress, trials, { output: err, now });
    const open = new Map<number, number>();
    for (const { iteration } of trials) open.set(iteration.id, (open.get(iteration.id) ?? 0) + 1);
    const onEvent = (event: TrialEvent) => {
      progress.apply(event, now());
      display.update(event);
      if (event.kind === "progress" || event.kind === "epoch") return;
      const { iteration } = trials[event.trial];
      const left = (open.get(iteration.id) ?? 0) - 1;
      open.set(iteration.id, left);
      if (left === 0) display.print(this.shown, this.linesOf(iteration));
    };
    let outcome: RunOutcome | "broken" = "broken";
    try {
      return outcome = await runTrials(engine, fitted, {
        train,
        test,
        folder,
        withholdsTest: ({ epochs }, epoch) => isValidation || (options.testAtEnd && epoch < epochs),
        keepsWeights,
        onEvent,
        signal,
      });
    } finally {
      display.stop();
      folder.saveManifest(withEnd(folder.record.manifest, date().toISOString(), outcome));
    }
  }

  /** What a quick run is to be seen beside; nothing where there are no published results to trust. */
  private wholeRuns(): ReadonlyMap<number, Distribution> {
    const { options, folder } = this.parts;
    return publishedFinals(folder.record, options.quick ? this.published() : []);
  }

  /** The published results, which criteria are derived from. */
  private published(): readonly RunRecord[] {
    return this.references ??= this.parts.surroundings.readPublished();
  }

  /** Those that the folder does not hold yet. */
  private openTrials(): readonly Trial[] {
    const { trials, folder } = this.parts;
    return trials.filter((trial) => !folder.isFinished(idOf(trial)));
  }

  private report(): Report {
    return makeReport(this.parts.folder.record, this.parts.catalog, { references: this.published() });
  }

  private linesOf(iteration: Iteration): string {
    const report = this.report();
    const judged = report.iterations.find(({ summary }) => summary.iteration.id === iteration.id);
    return judged === undefined ? "" : iterationLines(judged, {
      color: this.shown.color,
      width: this.shown.width,
      run: report.identity,
    });
  }

  private exitCode(outcome: RunOutcome, report: Report): number {
    const { options, iterations, broken } = this.parts;
    if (outcome === "interrupted") return EXIT.interrupted;
    const failed = ({ summary, verdicts }: JudgedIteration) =>
      verdicts.criteria.status === "failed" && iterations.some(({ id }) => id === summary.iteration.id);
    if (options.assert && report.iterations.some(failed)) return EXIT.failed;
    return broken.length > 0 ? EXIT.usage : EXIT.ok;
  }

  private closing(outcome: RunOutcome): string {
    const { trials, folder } = this.parts;
    if (outcome === "completed") return `Results: ${join(folder.path, "SUMMARY.md")}`;
    const open = this.openTrials(), kept = trials.length - open.length;
    return `Interrupted: ${plural(kept, "finished trial")} kept in ${folder.path}, ${
      formatCount(open.length)
    } to go.\nRun the same command again to continue.`;
  }
}

function idOf({ iteration, seed }: Pick<Trial, "iteration" | "seed">): TrialId {
  return { iteration: iteration.id, seed };
}

/**
 * What sharing a run costs: a shard's overhead, how merging grows with trials, and the time that both predict for a
 * large run on 1, 10 and 100 machines like this.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { drawDataset } from "../../data/synthetic.ts";
import type { Iteration } from "../../models/iteration.ts";
import { forwardMultiplyAdds } from "../../models/graph.ts";
import { RUNS, trainingFlags } from "../command_line/needs.ts";
import { formatClock, formatCount, MISSING } from "../command_line/format.ts";
import { markdownTable } from "../report/markdown_table.ts";
import { createEngine } from "../run/engines.ts";
import { readPlan } from "../shards/plan_file.ts";
import { shardCosts } from "../shards/share.ts";
import { makeUpShards } from "./made_up_shards.ts";
import { NO_LOADER_PATHS } from "../../engine/loader_paths.ts";
import type { CommandCost } from "./timed_command.ts";
import { drawPerfData, type PerfOptions, type PerfReport, trainingSpeed } from "./training_speed.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
/** Trials of a made-up plan, ten in each shard. */
const SIZES = [100, 1_000, 10_000];
const TRIALS_PER_SHARD = 10;
/** Of the recipes that are on their own most alike: all of `models/iterations`. */
const MADE_UP = 5;
/** What is predicted: a hundred seeds of twenty entries of the field. */
const ENTRIES = "101-120", SEEDS = 100, NODES = [1, 10, 100];

interface Cost extends CommandCost {
  readonly seconds: number;
}

/** Measures with real processes, in a folder of `results/runs` that is gone afterwards. */
export async function measureShards(
  iterations: readonly Iteration[],
  options: PerfOptions,
): Promise<PerfReport> {
  const folder = join(RUNS, `.perf-${Deno.pid}`);
  Deno.mkdirSync(folder, { recursive: true });
  try {
    const scale = [];
    for (const size of SIZES) {
      options.onProgress(`${formatCount(size)} made-up trials …`);
      scale.push(await measureSize(size, join(folder, String(size))));
    }
    const overhead = await measureOverhead(iterations[0], join(folder, "one"), options);
    options.onProgress("speed …");
    const prediction = await predict(iterations[0], folder, {
      overhead,
      scale,
      options,
    });
    return {
      json: { scale, overhead, prediction },
      text: [scaleTable(scale), overheadTable(overhead, mergePerShard(scale)), predictionTable(prediction)]
        .join("\n\n"),
    };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Runs a command of this project; its cost is that of the process, its seconds those of the whole. */
async function time(command: string, ...args: readonly string[]): Promise<Cost> {
  const start = performance.now();
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      `--config=${join(PROJECT, "deno.json")}`,
      `--v8-flags=${trainingFlags(Deno.build.arch).join(",")}`,
      fileURLToPath(new URL("timed_command.ts", import.meta.url)),
      command,
      ...args,
    ],
    env: NO_LOADER_PATHS,
    stdout: "null",
    stderr: "piped",
  }).output();
  const seconds = (performance.now() - start) / 1000, text = new TextDecoder().decode(stderr).trimEnd();
  const last = text.slice(text.lastIndexOf("\n") + 1);
  const cost: CommandCost | undefined = last.startsWith("{") ? JSON.parse(last) : undefined;
  if (cost?.code !== 0) throw new Error(`Cannot measure ${command}: expected it to succeed, got "${text}"`);
  return { ...cost, seconds };
}

/** Plans, shares out and merges so many made-up trials, ten in each shard. */
export async function measureSize(trials: number, folder: string) {
  const path = join(folder, "plan.json"), shards = trials / TRIALS_PER_SHARD;
  Deno.mkdirSync(folder);
  const plan = await time(
    "plan_run",
    "--dataset=synthetic",
    "--iterations=1-5",
    `--trials=${trials / MADE_UP}`,
    `--shards=${shards}`,
    `--out=${path}`,
  );
  const start = performance.now(), file = readPlan(path);
  shardCosts(file.plan.trials, shards);
  const shareSeconds = (performance.now() - start) / 1000;
  const { test } = drawDataset({});
  const folders = makeUpShards(file, shards, join(folder, "shards"), test.labels);
  const merge = await time("merge", ...folders, `--plan=${path}`, `--out=${join(folder, "whole")}`);
  Deno.removeSync(folder, { recursive: true });
  return { trials, shards, plan, shareSeconds, merge };
}

/** What something took, by the clock and of processors. */
interface Spent {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

function processorSeconds(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1e6;
}

/** What `work` takes of this process, its workers included. */
async function spend(work: () => unknown): Promise<Spent> {
  const start = performance.now(), cpuStart = processorSeconds();
  await work();
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: processorSeconds() - cpuStart };
}

const less = (a: Spent, b: Spent): Spent => ({
  seconds: Math.max(0, a.seconds - b.seconds),
  cpuSeconds: Math.max(0, a.cpuSeconds - b.cpuSeconds),
});

/** What a shard takes beside training: with nothing to train, and what compiling adds. */
async function measureOverhead(iteration: Iteration, folder: string, options: PerfOptions) {
  options.onProgress("a shard with nothing to train …");
  const path = join(folder, "plan.json");
  await time(
    "plan_run",
    "--dataset=synthetic",
    `--iterations=${iteration.id}`,
    "--seeds=0",
    `--out=${path}`,
  );
  const launch = performance.now();
  await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--no-lock",
      "-RE",
      "--allow-run",
      join(PROJECT, "bench", "launch.ts"),
      "bench",
      "--help",
    ],
    env: NO_LOADER_PATHS,
    stdout: "null",
  }).output();
  const launcher = (performance.now() - launch) / 1000;
  // the second of two parts of one trial
  const idle = await time("bench", `--plan=${path}`, "--shard=2/2", `--out=${join(folder, "shard")}`);
  const data = await spend(() => drawDataset({}));
  const engine = await createEngine("wasm", { workers: options.workers });
  try {
    const { train, test } = drawPerfData(), batch = 128, images = batch * 28 * 28;
    const part = { images: train.images.subarray(0, images), labels: train.labels.subarray(0, batch) };
    const step = () =>
      trainingSpeed(engine, iteration, { data: { train: part, test }, trials: 1, epochs: 2 });
    const first = await spend(step), second = await spend(step);
    return { launcher, data, start: less(idle, data), compile: less(first, second) };
  } finally {
    engine.close();
  }
}

type Overhead = Awaited<ReturnType<typeof measureOverhead>>;
type Scale = readonly Awaited<ReturnType<typeof measureSize>>[];

/** Of one shard more, by the two largest sizes. */
function mergePerShard(scale: Scale): Spent {
  const [small, large] = scale.slice(-2), shards = large.shards - small.shards;
  const { seconds, cpuSeconds } = less(large.merge, small.merge);
  return { seconds: seconds / shards, cpuSeconds: cpuSeconds / shards };
}

/**
 * The time of a large run on machines like this with nothing else to do: from processor seconds, which another program
 * beside this one changes little, on as many processors as there are workers.
 */
async function predict(
  iteration: Iteration,
  folder: string,
  { overhead, scale, options }: {
    readonly overhead: Overhead;
    readonly scale: Scale;
    readonly options: PerfOptions;
  },
) {
  const engine = await createEngine("wasm", { workers: options.workers }), { workers } = engine.device;
  let rate: number;
  try {
    const data = drawPerfData(), count = data.train.labels.length;
    const measure = (epochs: number) =>
      spend(() => trainingSpeed(engine, iteration, { data, trials: workers, epochs }));
    // without what starting takes
    const short = await measure(2), long = await measure(5);
    rate = 3 * count * workers / less(long, short).cpuSeconds;
  } finally {
    engine.close();
  }
  const imagesPerSecond = rate * workers,
    multiplyAddsPerSecond = imagesPerSecond * forwardMultiplyAdds(iteration.layers);
  const path = join(folder, "large.json");
  await time(
    "plan_run",
    "--dataset=synthetic",
    `--iterations=${ENTRIES}`,
    `--trials=${SEEDS}`,
    `--out=${path}`,
  );
  const { plan: { trials } } = readPlan(path);
  const [, middle] = scale, perTrial = mergePerShard(scale).cpuSeconds / TRIALS_PER_SHARD;
  const mergeSeconds = middle.merge.cpuSeconds + perTrial * (trials.length - middle.trials);
  const shardSeconds = overhead.launcher + overhead.data.cpuSeconds + overhead.start.cpuSeconds +
    overhead.compile.cpuSeconds;
  return {
    workers,
    imagesPerSecond,
    multiplyAddsPerSecond,
    trials: trials.length,
    mergeSeconds,
    shardSeconds,
    nodes: NODES.map((nodes) => {
      const train = Math.max(...shardCosts(trials, nodes)) / multiplyAddsPerSecond;
      return { nodes, train, seconds: train + shardSeconds + mergeSeconds };
    }),
  };
}

const tenths = (value: number) => value.toFixed(1);
const megabytes = (bytes: number) => formatCount(bytes / 1e6);

function scaleTable(scale: Scale): string {
  return markdownTable([
    ["Trials", "Shards", "Plan [s]", "Share out [s]", "Merge [s]", "Merge, CPU [s]", "Merge [MB]"],
    ...scale.map(({ trials, shards, plan, shareSeconds, merge }) => [
      formatCount(trials),
      formatCount(shards),
      tenths(plan.seconds),
      shareSeconds.toFixed(2),
      tenths(merge.seconds),
      tenths(merge.cpuSeconds),
      megabytes(merge.peakBytes),
    ]),
  ], { align: ["r", "r", "r", "r", "r", "r", "r"] });
}

function overheadTable({ launcher, data, start, compile }: Overhead, merge: Spent): string {
  const row = (
    what: string,
    { seconds, cpuSeconds }: Spent,
  ) => [what, seconds.toFixed(2), cpuSeconds.toFixed(2)];
  return markdownTable([
    ["A shard beside its training", "[s]", "CPU [s]"],
    ["launcher", launcher.toFixed(2), MISSING],
    row("start: process, engine, checks and reports", start),
    row("data, drawn", data),
    row("compile", compile),
    row("merge", merge),
  ], { align: ["l", "r", "r"] });
}

function predictionTable({ workers, imagesPerSecond, trials, mergeSeconds, shardSeconds, nodes }: Awaited<
  ReturnType<typeof predict>
>): string {
  const [{ train: alone }] = nodes;
  return `${formatCount(SEEDS)} seeds × entries ${ENTRIES} of the field, ${
    formatCount(trials)
  } trials, on machines of ${formatCount(workers)} processors like these with nothing else to do: ${
    formatCount(imagesPerSecond)
  } images/s of iteration 5, ${tenths(shardSeconds)} s for each shard and ${
    tenths(mergeSeconds)
  } s for the merge.

${
    markdownTable([
      ["Machines", "Training", "With overhead and merge", "Efficiency [%]"],
      ...nodes.map(({ nodes: count, train, seconds }) => [
        formatCount(count),
        formatClock(train),
        formatClock(seconds),
        (100 * alone / (count * seconds)).toFixed(1),
      ]),
    ], { align: ["r", "r", "r", "r"] })
  }`;
}

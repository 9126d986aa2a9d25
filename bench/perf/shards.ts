/**
 * What sharing a run costs: a shard's overhead, how merging grows with trials, and the time that both predict for a
 * large run on 1, 10 and 100 machines like this.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drawDataset } from "../../data/synthetic.ts";
import type { Iteration } from "../../models/iteration.ts";
import { forwardMultiplyAdds } from "../../models/graph.ts";
import { RUNS, trainingFlags } from "../command_line/needs.ts";
import { formatClock, formatCount } from "../command_line/format.ts";
import { markdownTable } from "../report/markdown_table.ts";
import { createEngine } from "../run/engines.ts";
import { type PlanFile, readPlan } from "../shards/plan_file.ts";
import { shardCosts } from "../shards/share.ts";
import { makeUpShards } from "./made_up_shards.ts";
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
      overhead: overhead.total.seconds,
      scale,
      options,
    });
    return {
      json: { scale, overhead, prediction },
      text: [scaleTable(scale), overheadTable(overhead), predictionTable(prediction)].join("\n\n"),
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

/** A shard of one short trial, and what of it is not training. */
async function measureOverhead(iteration: Iteration, folder: string, { onProgress }: PerfOptions) {
  onProgress("a shard of one trial …");
  const path = join(folder, "plan.json");
  await time(
    "plan_run",
    "--dataset=synthetic",
    `--iterations=${iteration.id}`,
    "--seeds=0",
    "--epochs=1",
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
    stdout: "null",
  }).output();
  const launcher = (performance.now() - launch) / 1000;
  const out = join(folder, "shard");
  const shard = await time("bench", `--plan=${path}`, "--shard=1/1", `--out=${out}`);
  const again = await time("bench", `--plan=${path}`, "--shard=1/1", `--out=${out}`);
  const [, row] = Deno.readTextFileSync(join(out, "timing.csv")).split("\n");
  const [, , , train, test] = row.split(",").map(Number);
  const start = performance.now();
  drawDataset({});
  const data = (performance.now() - start) / 1000;
  return {
    /** Reads the command line and starts the process that does the work. */
    launcher,
    data,
    /** With nothing to train: process, modules, engine, checks and reports, beside the data. */
    idle: { seconds: again.seconds - data, cpuSeconds: again.cpuSeconds - data },
    /** Compiling, and writing what was trained. */
    compile: Math.max(0, shard.seconds - again.seconds - train - test),
    total: {
      seconds: launcher + shard.seconds - train - test,
      cpuSeconds: launcher + again.cpuSeconds,
    },
  };
}

async function predict(
  iteration: Iteration,
  folder: string,
  { overhead, scale, options }: {
    readonly overhead: number;
    readonly scale: readonly Awaited<ReturnType<typeof measureSize>>[];
    readonly options: PerfOptions;
  },
) {
  const engine = await createEngine("wasm", { workers: options.workers });
  let speed: number;
  try {
    const { workers } = engine.device;
    speed = await trainingSpeed(engine, iteration, { data: drawPerfData(), trials: workers });
  } finally {
    engine.close();
  }
  const multiplyAddsPerSecond = speed * forwardMultiplyAdds(iteration.layers);
  const path = join(folder, "large.json");
  await time(
    "plan_run",
    "--dataset=synthetic",
    `--iterations=${ENTRIES}`,
    `--trials=${SEEDS}`,
    `--out=${path}`,
  );
  const file: PlanFile = readPlan(path), { trials } = file.plan;
  // between the sizes that were measured, merging grows with the number of trials
  const mergeSeconds = scale[1].merge.seconds * trials.length / scale[1].trials;
  return {
    imagesPerSecond: speed,
    multiplyAddsPerSecond,
    trials: trials.length,
    mergeSeconds,
    nodes: NODES.map((nodes) => {
      const train = Math.max(...shardCosts(trials, nodes)) / multiplyAddsPerSecond;
      return { nodes, train, seconds: train + overhead + mergeSeconds };
    }),
  };
}

const tenths = (value: number) => value.toFixed(1);
const megabytes = (bytes: number) => formatCount(bytes / 1e6);

function scaleTable(scale: readonly Awaited<ReturnType<typeof measureSize>>[]): string {
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

function overheadTable(
  { launcher, data, idle, compile, total }: Awaited<ReturnType<typeof measureOverhead>>,
): string {
  return markdownTable([
    ["Overhead of a shard", "[s]"],
    ["launcher", tenths(launcher)],
    ["data, drawn", tenths(data)],
    ["process, engine, checks and reports", tenths(idle.seconds)],
    ["compiling, and writing results", tenths(compile)],
    ["together", tenths(total.seconds)],
    ["together, CPU", tenths(total.cpuSeconds)],
  ], { align: ["l", "r"] });
}

function predictionTable(
  { imagesPerSecond, multiplyAddsPerSecond, trials, mergeSeconds, nodes }: Awaited<
    ReturnType<typeof predict>
  >,
): string {
  return `${formatCount(SEEDS)} seeds × entries ${ENTRIES}, ${formatCount(trials)} trials, at ${
    formatCount(imagesPerSecond)
  } images/s as measured here (${multiplyAddsPerSecond.toExponential(1)} forward multiply-adds/s), merge ${
    tenths(mergeSeconds)
  } s:

${
    markdownTable([
      ["Nodes", "Training", "With overhead and merge", "Efficiency [%]"],
      ...nodes.map(({ nodes: count, train, seconds }) => [
        formatCount(count),
        formatClock(train),
        formatClock(seconds),
        (100 * nodes[0].train / (count * seconds)).toFixed(1),
      ]),
    ], { align: ["r", "r", "r", "r"] })
  }`;
}

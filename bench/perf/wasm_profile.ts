/**
 * The share of each operation, pass and kernel in a training step of the CPU engine, on one worker.
 *
 * Three copies of the trial train side by side, step by step in turns: one as it is, one whose operations are timed,
 * one whose kernels are. A figure is the lower quartile over the steps: other programs only ever add to one.
 *
 * @module
 */
import { epochOrder } from "../../engine/batch_order.ts";
import type { ImageSet } from "../../engine/engine.ts";
import { batches, shrinkTrainingSet, splitTrainingSet } from "../../engine/training_set.ts";
import { MAXIMUM_PAGES, planProgram, type Program } from "../../engine/wasm/program.ts";
import { instantiate, Trainer } from "../../engine/wasm/trainer.ts";
import { prefersWide } from "../../engine/wasm/tuning.ts";
import type { Wired } from "../../engine/wasm/wiring.ts";
import { type Graph, multiplyAdds } from "../../models/graph.ts";
import type { Iteration } from "../../models/iteration.ts";
import { formatCount, formatPercent } from "../command_line/format.ts";
import { markdownTable } from "../report/markdown_table.ts";
import { RECIPE_IMAGES } from "../run/options.ts";
import { type Entry, KERNEL, StepClock } from "./step_clock.ts";
import { drawPerfData, type PerfReport } from "./training_speed.ts";

/** Steps that V8 gets for its optimizing compiler, and steps that count. */
const WARM_UP = 12, STEPS = 40;
const SEED = 0;

/** Time that a part of a step takes. */
export interface ProfileRow {
  readonly operation: string;
  /** Its number in the order of the forward pass; undefined for what the trainer itself does. */
  readonly index?: number;
  readonly pass: string;
  /** A step. */
  readonly ms: number;
  readonly share: number;
  /** By the definition's operations, as of direct convolution; undefined where there are no products. */
  readonly flopPerSecond?: number;
}

/** Time that a kernel takes, whoever calls it. */
export interface KernelRow {
  readonly kernel: string;
  /** A step. */
  readonly calls: number;
  readonly ms: number;
  readonly share: number;
}

/** One iteration's step. */
export interface Profile {
  readonly iteration: number;
  readonly batchSize: number;
  /** Of a step as it is; the rows add up to that of the step that was timed. */
  readonly ms: number;
  readonly timedMs: number;
  readonly imagesPerSecond: number;
  readonly rows: readonly ProfileRow[];
  readonly kernels: readonly KernelRow[];
}

/** What a quarter of the values are below. */
const lowerQuartile = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)];

/** One copy of a trial. */
interface Copy {
  readonly clock: StepClock;
  readonly trainer: Trainer;
  readonly times: Map<string, { readonly entry: Entry; readonly ms: number[]; readonly calls: number }>;
  readonly stepMs: number[];
}

function copyOf(program: Program, level: "none" | "operations" | "kernels"): Copy {
  const clock = new StepClock();
  const memory = new WebAssembly.Memory({ initial: program.pages, maximum: MAXIMUM_PAGES, shared: true });
  const instance = instantiate(program, memory);
  const operations = program.operations.map((wired, index) => ({
    ...wired,
    operation: clock.operation(wired.operation, index),
  }));
  const trainer = level === "operations"
    ? new Trainer({ ...program, operations }, instance, memory, 0)
    : new Trainer(
      program,
      level === "none" ? instance : { exports: clock.kernels(instance.exports) },
      memory,
      0,
    );
  trainer.initializeFromSeed(SEED);
  return { clock, trainer, times: new Map(), stepMs: [] };
}

/** Trains steps on all copies in turns. */
async function trainInTurns(copies: readonly Copy[], data: ImageSet): Promise<void> {
  const { training } = copies[0].trainer, { trainCount } = splitTrainingSet(training, data.labels.length);
  // whole batches only, so that every step is the same work
  const steps = batches({ ...training, dropLast: true }, epochOrder(trainCount, SEED, 1));
  for (let i = 0; i < WARM_UP + STEPS; i++) {
    const stepNumber = i % steps.length;
    const position = { epoch: 1, seed: SEED, stepNumber, stepsPerEpoch: steps.length, history: [] };
    for (const { clock, trainer, times, stepMs } of copies) {
      const team = trainer.team(0, 1), start = performance.now();
      clock.start();
      trainer.trainStep(team, data, steps[stepNumber], position);
      const parts = clock.end();
      if (i < WARM_UP) continue;
      stepMs.push(performance.now() - start);
      for (const { entry, ms, calls } of parts) {
        const key = `${entry.part} ${entry.pass}`;
        if (!times.has(key)) times.set(key, { entry, ms: [], calls });
        times.get(key)!.ms.push(ms);
      }
    }
    await new Promise((resolve) => setTimeout(resolve)); // lets V8 put its optimized code in place
  }
}

/** `3.conv, batchNorm, relu`: where the first node stands, and what all do. */
export function nameOf(operations: readonly Wired[], index: number): string {
  const { nodes } = operations[index];
  if (nodes.length === 0) {
    return index === 0 ? "fork of the image" : `fork behind ${nameOf(operations, index - 1)}`;
  }
  return `${nodes[0].place} ${nodes.map(({ operation }) => operation.kind).join(", ")}`;
}

/** Floating-point operations of a pass for one image, by the definition. */
function flopOf(graph: Graph, { nodes }: Wired, pass: string): number {
  if (pass !== "forward" && pass !== "backward") return 0;
  return nodes.reduce((sum, node) => {
    const products = pass === "forward" ? 1 : graph.values[node.inputs[0]].needsGradient ? 2 : 1;
    return sum + 2 * products * multiplyAdds(graph, node);
  }, 0);
}

/** Behind every operation. */
const TRAINER = Number.MAX_SAFE_INTEGER;
const PASSES = ["forward", "backward", "update"];
const rankOf = (pass: string): number => PASSES.includes(pass) ? PASSES.indexOf(pass) : PASSES.length;

/** Operations in the network's order, their passes in a step's; the trainer last. */
function inOrder(a: ProfileRow, b: ProfileRow): number {
  return (a.index ?? TRAINER) - (b.index ?? TRAINER) || rankOf(a.pass) - rankOf(b.pass);
}

/** The iteration with a recipe for as many images as there are. */
export function shortened(iteration: Iteration, { labels }: ImageSet): Iteration {
  const training = shrinkTrainingSet(iteration.training, { fullCount: RECIPE_IMAGES, count: labels.length });
  return { ...iteration, training };
}

async function profile(iteration: Iteration, wide: boolean, train: ImageSet): Promise<Profile> {
  const measured = shortened(iteration, train);
  const levels = ["none", "operations", "kernels"] as const;
  // operations keep what they are bound to, so each copy has a program of its own
  const programs = levels.map(() => planProgram(measured, { workers: 1, wide }));
  const [plain, byOperation, byKernel] = levels.map((level, i) => copyOf(programs[i], level));
  await trainInTurns([plain, byOperation, byKernel], train);

  const [{ graph, operations }] = programs, { batchSize } = measured.training;
  const timed = [...byOperation.times.values()].map(({ entry, ms }) => ({ entry, ms: lowerQuartile(ms) }));
  const timedMs = timed.reduce((sum, { ms }) => sum + ms, 0), ms = lowerQuartile(plain.stepMs);
  const rows = timed.map(({ entry: { part, pass }, ms }): ProfileRow => {
    const flop = typeof part === "number" ? flopOf(graph, operations[part], pass) * batchSize : 0;
    const operation = typeof part === "number" ? nameOf(operations, part) : `trainer: ${part}`;
    return {
      operation,
      ...(typeof part === "number" ? { index: part } : {}),
      pass,
      ms,
      share: ms / timedMs,
      ...(flop > 0 ? { flopPerSecond: flop / (ms / 1000) } : {}),
    };
  });
  const kernels = [...byKernel.times.values()]
    .filter(({ entry }) => entry.pass === KERNEL)
    .map(({ entry, ms, calls }): KernelRow => {
      const each = lowerQuartile(ms);
      return { kernel: String(entry.part), calls, ms: each, share: each / timedMs };
    });
  return {
    iteration: iteration.id,
    batchSize,
    ms,
    timedMs,
    imagesPerSecond: batchSize / (ms / 1000),
    rows: rows.toSorted(inOrder),
    kernels: kernels.toSorted((a, b) => b.ms - a.ms),
  };
}

function profileTable({ rows, timedMs }: Profile): string {
  return markdownTable([
    ["Operation", "Pass", "ms a step", "Share [%]", "GFLOP/s"],
    ...rows.map(({ operation, pass, ms, share, flopPerSecond }) => [
      operation,
      pass,
      ms.toFixed(3),
      formatPercent(share, 1),
      flopPerSecond === undefined ? "" : (flopPerSecond / 1e9).toFixed(1),
    ]),
    ["all", "", timedMs.toFixed(3), formatPercent(1, 1), ""],
  ], { align: ["l", "l", "r", "r", "r"] });
}

function kernelTable({ kernels }: Profile): string {
  return markdownTable([
    ["Kernel", "Calls a step", "ms a step", "Share [%]"],
    ...kernels.filter(({ share }) => share >= 0.001).map(({ kernel, calls, ms, share }) => [
      kernel,
      formatCount(calls),
      ms.toFixed(3),
      formatPercent(share, 1),
    ]),
  ], { align: ["l", "r", "r", "r"] });
}

/** Whole steps are interrupted more often than their parts are. */
const BUSY = 1.15;

function show(profile: Profile): string {
  const { iteration, imagesPerSecond, ms, timedMs, batchSize } = profile;
  const busy = ms > BUSY * timedMs
    ? `\nThis machine is busy: a step takes ${(ms / timedMs).toFixed(1)} times what its parts take.`
    : "";
  return `## Iteration ${iteration}

${formatCount(imagesPerSecond)} images/s on one worker: ${
    ms.toFixed(3)
  } ms a step of ${batchSize} images.${busy}

${profileTable(profile)}

${kernelTable(profile)}`;
}

/** Profiles each iteration's step on one worker. */
export async function profileWasm(
  iterations: readonly Iteration[],
  { onProgress }: { readonly onProgress: (line: string) => void },
): Promise<PerfReport> {
  const { train } = drawPerfData(), wide = await prefersWide(), profiles: Profile[] = [];
  for (const iteration of iterations) {
    onProgress(`iteration ${iteration.id} …`);
    profiles.push(await profile(iteration, wide, train));
  }
  return {
    json: { engine: "wasm", workers: 1, wide, steps: STEPS, profiles },
    text: `${profiles.map(show).join("\n\n")}

Lower quartiles of ${STEPS} steps. GFLOP/s: by the definition's operations, as if convolution were direct.`,
  };
}

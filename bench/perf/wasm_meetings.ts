/**
 * How long the workers that share a trial wait for each other, at which meeting of a step.
 *
 * @module
 */
import type { ImageSet } from "../../engine/engine.ts";
import { meets } from "../../engine/wasm/operation.ts";
import { MAXIMUM_PAGES, planProgram, type Program } from "../../engine/wasm/program.ts";
import { prefersWide } from "../../engine/wasm/tuning.ts";
import type { Iteration } from "../../models/iteration.ts";
import { formatCount, formatPercent } from "../command_line/format.ts";
import { markdownTable } from "../report/markdown_table.ts";
import { describe, median } from "../statistics/mod.ts";
import type { MeetingOrder, MeetingTimes } from "./meeting_worker.ts";
import { drawPerfData, type PerfReport } from "./training_speed.ts";
import { nameOf, shortened } from "./wasm_profile.ts";

/** Steps that V8 gets for its optimizing compiler, which has to share the cores, and steps that count. */
const WARM_UP = 60, STEPS = 100;
const SEED = 0;

/** What comes before a meeting and at it, of all workers. */
interface MeetingRow {
  readonly meeting: string;
  /** Medians of ms a step, the mean of the workers'. */
  readonly work: number;
  readonly waiting: number;
  /** Mean of ms a step: with the few long ones, where another program had a core. */
  readonly meanWaiting: number;
  /** Of the workers' time. */
  readonly share: number;
}

interface Meetings {
  readonly iteration: number;
  /** Mean of a step. */
  readonly ms: number;
  readonly imagesPerSecond: number;
  readonly rows: readonly MeetingRow[];
}

const meanOf = (values: readonly number[]): number => describe(values)!.mean;

type Timed = MeetingTimes[number][number];

const lengthOf = (step: MeetingTimes[number]): number =>
  step.reduce((sum, { work, waiting }) => sum + work + waiting, 0);

/** The meetings of a step in their order, by what is added up there. */
function meetingsOf({ operations }: Program): string[] {
  const named = operations.map((wired, i) => ({ ...wired, name: nameOf(operations, i) }));
  const meeting = named.filter(({ operation }) => meets(operation));
  return [
    ...meeting.map(({ name }) => `${name}: statistics`),
    ...meeting.filter(({ learns }) => learns).toReversed().map(({ name }) => `${name}: gradient's sums`),
    "end of backward",
    "sums of gradients",
    "update",
  ];
}

/** Runs one worker to its end. */
function timesOf(worker: Worker, order: MeetingOrder): Promise<MeetingTimes> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<MeetingTimes>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot time the meetings: a worker failed: ${event.message}`));
    };
    worker.postMessage(order);
  });
}

async function timeMeetings(
  iteration: Iteration,
  { workers, wide, data }: { readonly workers: number; readonly wide: boolean; readonly data: ImageSet },
): Promise<Meetings> {
  const measured = shortened(iteration, data), { batchSize } = measured.training;
  const program = planProgram(measured, { workers, wide });
  const memory = new WebAssembly.Memory({ initial: program.pages, maximum: MAXIMUM_PAGES, shared: true });
  const team = Array.from(
    { length: workers },
    () => new Worker(new URL("./meeting_worker.ts", import.meta.url), { type: "module" }),
  );
  const common = { iteration: measured, data, memory, workers, wide, seed: SEED };
  try {
    const times = await Promise.all(
      team.map((worker, position) => timesOf(worker, { ...common, position, warmUp: WARM_UP, steps: STEPS })),
    );
    const names = meetingsOf(program), perStep = meanOf(times.flat().map(lengthOf));
    const rows = times[0][0].map((_, i): MeetingRow => {
      const ofWorkers = times.map((steps) => steps.map((step) => step[i]));
      // some work is done by one of them alone
      const typical = (value: (each: Timed) => number) =>
        meanOf(ofWorkers.map((all) => median(all.map(value))!));
      const meanWaiting = meanOf(ofWorkers.flat().map(({ waiting }) => waiting));
      return {
        meeting: names[i],
        work: typical(({ work }) => work),
        waiting: typical(({ waiting }) => waiting),
        meanWaiting,
        share: meanWaiting / perStep,
      };
    });
    return { iteration: iteration.id, ms: perStep, imagesPerSecond: batchSize / (perStep / 1000), rows };
  } finally {
    for (const worker of team) worker.terminate();
  }
}

function show({ iteration, ms, imagesPerSecond, rows }: Meetings): string {
  const total = (value: (row: MeetingRow) => number) => rows.reduce((sum, row) => sum + value(row), 0);
  const line = ({ meeting, work, waiting, meanWaiting, share }: MeetingRow) => [
    meeting,
    work.toFixed(3),
    waiting.toFixed(3),
    meanWaiting.toFixed(3),
    formatPercent(share, 1),
  ];
  const all = {
    meeting: "all",
    work: total(({ work }) => work),
    waiting: total(({ waiting }) => waiting),
    meanWaiting: total(({ meanWaiting }) => meanWaiting),
    share: total(({ share }) => share),
  };
  const table = markdownTable([
    ["Meeting", "Work before [ms]", "Waiting [ms]", "Mean [ms]", "Share [%]"],
    ...[...rows, all].map(line),
  ], { align: ["l", "r", "r", "r", "r"] });
  return `## Iteration ${iteration}

${formatCount(imagesPerSecond)} images/s: ${ms.toFixed(3)} ms a step, mean.

${table}`;
}

/** Times the meetings of each iteration's step on several workers. */
export async function profileMeetings(
  iterations: readonly Iteration[],
  { workers, onProgress }: { readonly workers: number; readonly onProgress: (line: string) => void },
): Promise<PerfReport> {
  const { train: data } = drawPerfData(), wide = await prefersWide(), meetings: Meetings[] = [];
  for (const iteration of iterations) {
    onProgress(`iteration ${iteration.id} …`);
    meetings.push(await timeMeetings(iteration, { workers, wide, data }));
  }
  return {
    json: { engine: "wasm", workers, wide, steps: STEPS, meetings },
    text: `${meetings.map(show).join("\n\n")}

One trial on ${workers} workers, ${STEPS} steps. Work and waiting: medians, the mean of the workers'; mean and share: of waiting,
with the long ones, where another program had a core.`,
  };
}

/**
 * An engine of this project and PyTorch in turns, on the same machine in the same minutes.
 *
 * In each round every iteration is trained by one side and then by the other, as many trials at once on both: on the
 * CPU a worker or a process of one thread for each. A round's figure of PyTorch is the better of its variants, and the
 * ratio is that of one round, so that a machine which changes its speed from minute to minute changes both sides.
 *
 * @module
 */
import { cpus } from "node:os";
import type { Engine, ImageSet } from "../../engine/engine.ts";
import { createWasmEngine } from "../../engine/wasm/mod.ts";
import type { Iteration } from "../../models/iteration.ts";
import { UsageError } from "../command_line/errors.ts";
import { formatCount, plural } from "../command_line/format.ts";
import { markdownTable } from "../report/markdown_table.ts";
import { median } from "../statistics/mod.ts";
import { askAll, PeerLimit, peerTask, type PeerVariant, PytorchPeer, type Version } from "./pytorch.ts";
import { drawPerfData, type PerfReport, trainingSpeed } from "./training_speed.ts";

/** A lap is about as long as an epoch of the other side; each has three that count. */
const LAPS = { seconds: 1.5, laps: 3 };
const WARM_UP = { seconds: 0.5, laps: 1 };

/** One iteration in one round, images per second. */
export interface Turn {
  readonly ours: number;
  readonly pytorch: Readonly<Partial<Record<PeerVariant, number>>>;
  /** The fastest of PyTorch's. */
  readonly best: PeerVariant;
  readonly ratio: number;
}

/** One iteration's turns. */
export interface Contest {
  readonly iteration: number;
  /** At once, on both sides. */
  readonly trials: number;
  readonly rounds: readonly Turn[];
}

/** Who competes, and how often. */
export interface ContestOptions {
  readonly python: string;
  readonly rounds: number;
  readonly workers?: number;
  /** At once, on a GPU. */
  readonly trials?: readonly number[];
  readonly onProgress: (line: string) => void;
}

/** The round's figures of one side and the other's variants. */
export function turnOf(ours: number, pytorch: Turn["pytorch"]): Turn {
  const [best, most] = Object.entries(pytorch).reduce((a, b) => b[1] > a[1] ? b : a);
  return { ours, pytorch, best: best as PeerVariant, ratio: ours / most };
}

/** One side of a contest: an engine of this project, and how PyTorch is run beside it. */
interface Side {
  readonly engine: "wasm" | "webgpu";
  readonly peer: { readonly device: "cpu" | "cuda"; readonly processes: number };
  /** How many trials at once. */
  readonly trials: readonly number[];
  readonly data: { readonly train: ImageSet; readonly test: ImageSet };
  start(trials: number): Promise<Engine>;
  variants(trials: number): readonly PeerVariant[];
}

/** Trials at once on a GPU unless `--trials` says otherwise. */
const GPU_TRIALS = [1, 25];

function cpuSide({ workers = navigator.hardwareConcurrency }: ContestOptions): Side {
  return {
    engine: "wasm",
    peer: { device: "cpu", processes: workers },
    trials: [workers],
    data: drawPerfData(),
    start: () => createWasmEngine({ workers }),
    variants: () => ["contiguous", "channels_last"],
  };
}

async function gpuSide({ workers, trials = GPU_TRIALS }: ContestOptions): Promise<Side> {
  const { createWebgpuEngine } = await import("../../engine/webgpu/mod.ts");
  const { gpuData } = await import("./webgpu.ts");
  return {
    engine: "webgpu",
    peer: { device: "cuda", processes: 1 },
    trials,
    data: gpuData(),
    start: (trialsAtOnce) => createWebgpuEngine({ workers, trialsAtOnce }),
    variants: (count) => count === 1 ? ["contiguous", "channels_last", "graph"] : ["graph", "ensemble"],
  };
}

/** Images per second of all processes at once: the median of the laps, added up. @throws {PeerLimit} */
async function peerSpeed(
  peers: readonly PytorchPeer[],
  iteration: Iteration,
  { variant, trials }: { readonly variant: PeerVariant; readonly trials: number },
): Promise<number> {
  const task = peerTask(iteration);
  const prepared = await askAll(peers, "prepare", { ...task, variant, trials });
  for (const { parameters } of prepared) {
    if (parameters !== iteration.parameters) {
      throw new Error(
        `PyTorch's network of iteration ${iteration.id} has ${parameters} parameters, not ${iteration.parameters}`,
      );
    }
  }
  await askAll(peers, "measure", WARM_UP);
  const measured = await askAll(peers, "measure", LAPS);
  return measured.reduce((sum, { imagesPerSecond }) => sum + median(imagesPerSecond)!, 0);
}

/** PyTorch's variants, those that it has. @throws {UsageError} If it has none. */
async function peerSpeeds(
  peers: readonly PytorchPeer[],
  iteration: Iteration,
  { variants, trials, onProgress }: {
    readonly variants: readonly PeerVariant[];
    readonly trials: number;
    readonly onProgress: (line: string) => void;
  },
): Promise<Turn["pytorch"]> {
  const speeds: Partial<Record<PeerVariant, number>> = {};
  let limit: PeerLimit | undefined;
  for (const variant of variants) {
    try {
      speeds[variant] = await peerSpeed(peers, iteration, { variant, trials });
    } catch (error) {
      if (!(error instanceof PeerLimit)) throw error;
      limit = error;
      onProgress(`iteration ${iteration.id}: PyTorch, ${variant}, cannot ${error.message}`);
    }
  }
  if (limit === undefined || Object.keys(speeds).length > 0) return speeds;
  throw new UsageError(
    `Cannot measure iteration ${iteration.id} in PyTorch: expected what it has, got that it cannot ${limit.message}; leave it out of --iterations`,
    { cause: limit },
  );
}

async function ourSpeed({ start, data }: Side, iteration: Iteration, trials: number): Promise<number> {
  const engine = await start(trials);
  try {
    return await trainingSpeed(engine, iteration, { data, trials });
  } finally {
    engine.close();
  }
}

/** Measures each iteration on an engine and in PyTorch, in turns. */
export async function measureAgainstPytorch(
  engine: Side["engine"],
  iterations: readonly Iteration[],
  options: ContestOptions,
): Promise<PerfReport> {
  const { python, rounds, onProgress } = options, peers: PytorchPeer[] = [];
  const side = engine === "wasm" ? cpuSide(options) : await gpuSide(options);
  const contests = iterations.flatMap((iteration) =>
    side.trials.map((trials) => ({ iteration, trials, turns: [] as Turn[] }))
  );
  let version: Version | undefined;
  try {
    for (let i = 0; i < side.peer.processes; i++) {
      const started = await PytorchPeer.start(python, side.peer.device);
      peers.push(started.peer);
      version = started.version;
    }
    for (let round = 1; round <= rounds; round++) {
      for (const { iteration, trials, turns } of contests) {
        const at = `round ${round} of ${rounds}, iteration ${iteration.id}, ${
          plural(trials, "trial")
        } at once`;
        onProgress(`${at} …`);
        const ours = await ourSpeed(side, iteration, trials);
        const variants = side.variants(trials);
        const turn = turnOf(ours, await peerSpeeds(peers, iteration, { variants, trials, onProgress }));
        turns.push(turn);
        const shown = [ours, best(turn)].map(count).join(" against ");
        onProgress(`${at}: ${shown}, ${turn.ratio.toFixed(2)} times`);
      }
    }
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
  }
  return report(
    side,
    version!,
    contests.map(({ iteration, trials, turns }) => ({
      iteration: iteration.id,
      trials,
      rounds: turns,
    })),
  );
}

function report(
  { engine, peer }: Side,
  { torch, device }: Version,
  contests: readonly Contest[],
): PerfReport {
  const cpu = cpus()[0]?.model.trim() || "unknown CPU", cores = navigator.hardwareConcurrency;
  const deno = Deno.version.deno, rounds = contests[0].rounds.length;
  const where = peer.device === "cpu" ? `${cpu}, ${plural(cores, "core")}` : device;
  const how = peer.device === "cpu"
    ? `As many workers as trials;
PyTorch in as many processes of one thread, the better of contiguous and channels_last.`
    : "PyTorch: the best of its variants, one process.";
  return {
    json: { engine, cpu, cores, deno, torch, device, processes: peer.processes, contests },
    text: `${where}; Deno ${deno}, PyTorch ${torch}; training in images/s

${contestTable(contests)}

Medians of ${plural(rounds, "round")}; lowest and highest ratio of a round. ${how}
under20k includes augmentation; PyTorch trains on one batch that is already in memory.`,
  };
}

const count = (value: number): string => formatCount(Math.round(value));
const best = ({ pytorch, best }: Turn): number => pytorch[best]!;

/** A row for each contest: medians, and how far the ratios of single rounds lie apart. */
export function contestTable(contests: readonly Contest[]): string {
  return markdownTable([
    ["Iteration", "Trials", "under20k", "PyTorch", "Its best", "Ratio", "Lowest, highest"],
    ...contests.map(({ iteration, trials, rounds }) => {
      const ratios = rounds.map(({ ratio }) => ratio);
      const variants = rounds.map((turn) => turn.best);
      const often = (variant: string) => variants.filter((each) => each === variant).length;
      return [
        String(iteration),
        String(trials),
        count(median(rounds.map(({ ours }) => ours))!),
        count(median(rounds.map(best))!),
        variants.reduce((a, b) => often(b) > often(a) ? b : a),
        median(ratios)!.toFixed(2),
        `${Math.min(...ratios).toFixed(2)}, ${Math.max(...ratios).toFixed(2)}`,
      ];
    }),
  ], { align: ["r", "r", "r", "r", "l", "r", "r"] });
}

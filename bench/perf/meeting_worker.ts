/**
 * One worker of a team whose meetings are timed: see `wasm_meetings.ts`.
 *
 * @module
 */
import { epochOrder } from "../../engine/batch_order.ts";
import type { ImageSet } from "../../engine/engine.ts";
import { batches, splitTrainingSet } from "../../engine/training_set.ts";
import { planProgram } from "../../engine/wasm/program.ts";
import { Team } from "../../engine/wasm/team.ts";
import { instantiate, Trainer } from "../../engine/wasm/trainer.ts";
import type { Iteration } from "../../models/iteration.ts";

/** What a worker is told; it answers with a `MeetingTimes`, or with what went wrong. */
export interface MeetingOrder {
  readonly iteration: Iteration;
  readonly data: ImageSet;
  readonly memory: WebAssembly.Memory;
  readonly position: number;
  readonly workers: number;
  readonly wide: boolean;
  readonly seed: number;
  /** Steps that do not count, and steps that do. */
  readonly warmUp: number;
  readonly steps: number;
}

/** By step, then by meeting: ms of work before it and of waiting at it. */
export type MeetingTimes = readonly (readonly { readonly work: number; readonly waiting: number }[])[];

/** A place in a team that notes when it comes to a meeting and when it leaves. */
class TimedTeam extends Team {
  #left = 0;
  #times: { work: number; waiting: number }[] = [];

  override meet(): void {
    const arrived = performance.now();
    super.meet();
    const left = performance.now();
    this.#times.push({ work: arrived - this.#left, waiting: left - arrived });
    this.#left = left;
  }

  /** The meetings since the last call. */
  take(): MeetingTimes[number] {
    const times = this.#times;
    this.#times = [];
    return times;
  }
}

function train(order: MeetingOrder): MeetingTimes {
  const { iteration, data, memory, position, workers, wide, seed, warmUp, steps } = order;
  const program = planProgram(iteration, { workers, wide });
  const trainer = new Trainer(program, instantiate(program, memory), memory, position);
  if (position === 0) trainer.initializeFromSeed(seed);
  const { training } = trainer, { trainCount } = splitTrainingSet(training, data.labels.length);
  // whole batches only, so that every step is the same work
  const all = batches({ ...training, dropLast: true }, epochOrder(trainCount, seed, 1));
  const team = new TimedTeam(trainer.team(position, workers).control, position, workers);
  team.meet();
  team.take();
  return Array.from({ length: warmUp + steps }, (_, i) => {
    const stepNumber = i % all.length;
    const place = { epoch: 1, seed, stepNumber, stepsPerEpoch: all.length, history: [] };
    trainer.trainStep(team, data, all[stepNumber], place);
    return team.take();
  }).slice(warmUp);
}

self.onmessage = ({ data }: MessageEvent<MeetingOrder>) => self.postMessage(train(data));

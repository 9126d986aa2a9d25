/**
 * How a schedule is described: its fields, and the rate of each step.
 *
 * Float64, from + − × ÷ and the project's own functions. Schedules always have the iteration's own length, training
 * epochs × steps per epoch, even where a trial stops earlier.
 *
 * @module
 */
import type { Completed, Fields } from "../../fields.ts";
import type { Kind } from "../../kinds.ts";

/** What an epoch measured, for schedules that look back. Losses are nats per example, accuracies fractions. */
export interface EpochMeasures {
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  /** Null or absent without held-out images. */
  readonly validationLoss?: number | null;
  readonly validationAccuracy?: number | null;
}

/** Which step of which training. */
export interface SchedulePosition {
  /** Counted from 0 over the whole training. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Of the whole training. */
  readonly epochs: number;
  /** The optimizer's own. */
  readonly learningRate: number;
  /** SGD's or RMSprop's momentum, Adam's β1; 0 where the optimizer has neither. */
  readonly momentum: number;
  /** Of the epochs before this step's, in order. */
  readonly history: readonly EpochMeasures[];
}

/** A kind of schedule. */
export interface ScheduleKind<K extends string = string, F extends Fields = Fields> extends Kind<K, F> {
  learningRate(schedule: Completed<F>, position: SchedulePosition): number;
  /** SGD's or RMSprop's momentum or Adam's β1. */
  momentum(schedule: Completed<F>, position: SchedulePosition): number;
  /** Whether it reads `history`: then trials that differ in their seeds alone differ in their rates too. */
  readonly looksBack: boolean;
}

/** What a description may leave out. */
type Usual = "momentum" | "looksBack";

/** Describes a kind of schedule; one that does not mention the momentum leaves it as the optimizer has it. */
export function scheduleKind<const K extends string, const F extends Fields>(
  kind: K,
  description: Omit<ScheduleKind<K, F>, "kind" | Usual> & Partial<Pick<ScheduleKind<K, F>, Usual>>,
): ScheduleKind<K, F> {
  return { kind, momentum: (_, { momentum }) => momentum, looksBack: false, ...description };
}

/** Epoch of a step, counted from 0. */
export const epochOf = ({ step, stepsPerEpoch }: SchedulePosition): number =>
  Math.floor(step / stepsPerEpoch);

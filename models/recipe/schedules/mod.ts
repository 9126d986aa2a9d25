/**
 * Every schedule by its name. A new one is a file in this folder and a line here.
 *
 * @module
 */
import type { AnyCompleted, AnyOf } from "../../kinds.ts";
import { constant } from "./constant.ts";
import { cosine } from "./cosine.ts";
import { exponential } from "./exponential.ts";
import { inverseTime } from "./inverse_time.ts";
import { multiStep } from "./multi_step.ts";
import { oneCycle } from "./one_cycle.ts";
import { plateau } from "./plateau.ts";
import type { ScheduleKind } from "./schedule_kind.ts";
import { step } from "./step.ts";

export const SCHEDULES = { constant, step, multiStep, exponential, cosine, inverseTime, plateau, oneCycle };

/** How the learning rate moves, as a person writes it. */
export type Schedule = AnyOf<typeof SCHEDULES>;
/** The same with every fallback in its place. */
export type CompletedSchedule = AnyCompleted<typeof SCHEDULES>;

/** The kind of a schedule, whichever it is; it takes the schedule that it was found by. */
export const scheduleKindOf = ({ kind }: CompletedSchedule): ScheduleKind => SCHEDULES[kind] as ScheduleKind;

export type { EpochMeasures, ScheduleKind, SchedulePosition } from "./schedule_kind.ts";

/**
 * A recipe that is complete in another number of epochs.
 *
 * @module
 */
import type { Training } from "../iteration.ts";

/** Schedules that are a shape over the whole training, whatever its length. */
const SHAPES: readonly string[] = ["constant", "cosine", "oneCycle"];

/**
 * The training in `epochs`, with the epochs that its schedule names moved in proportion.
 *
 * @throws {RangeError} If the schedule has a pace of its own: it would be another one in another time.
 */
export function atLength(training: Training, epochs: number): Training {
  if (training.epochs === epochs) return training;
  return { ...training, epochs, schedule: scheduleAt(training, epochs) };
}

function scheduleAt({ schedule, epochs: whole }: Training, epochs: number): Training["schedule"] {
  const moved = (epoch: number) => Math.max(1, Math.round(epoch * epochs / whole));
  if (schedule.kind === "step") return { ...schedule, epochs: moved(schedule.epochs) };
  if (schedule.kind === "multiStep") return { ...schedule, epochs: schedule.epochs.map(moved) };
  if (SHAPES.includes(schedule.kind)) return schedule;
  throw new RangeError(
    `Cannot train in ${epochs} epochs what is written for ${whole}: expected a schedule of ${
      [...SHAPES, "step", "multiStep"].map((kind) => `"${kind}"`).join(", ")
    }, got "${schedule.kind}"; give every rung ${whole} epochs`,
  );
}

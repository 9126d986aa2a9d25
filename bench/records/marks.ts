/**
 * The ladder of marks: what a network has to show for its size.
 *
 * @module
 */
import { isCompleted, type TrialRow } from "../run/rows.ts";
import { reaches, TARGET_ACCURACY } from "../run/summary.ts";
import { describe, oneSampleTest } from "../statistics/mod.ts";

/** A mean is above what it is held against with this certainty. */
export const RECORD_P = 0.01;

/** Networks with fewer parameters than `parametersBelow`, and no fewer than the class before has. */
export interface SizeClass {
  readonly parametersBelow: number;
  /** The mean final accuracy that is hoped for. */
  readonly mark: number;
  /** The mark of the next smaller class. */
  readonly markBelow: number;
  /** What an entry's mean is proven to be above. */
  readonly floor: number;
}

/** The smallest first. */
const MARKS: readonly (readonly [parametersBelow: number, mark: number])[] = [
  [1_000, 0.988],
  [1_500, 0.991],
  [3_000, TARGET_ACCURACY],
  [5_000, 0.9952],
  [8_000, 0.996],
  [20_000, 0.9965],
];

/**
 * Stands below the smallest class: the mean of the 223 trainings of a network with 997 parameters whose best was
 * published as 99.05 %.
 */
const SMALLEST_FLOOR = 0.9876;

/** The smallest first. An entry's floor is the mark of the next smaller class, and never above the challenge's. */
export const SIZE_CLASSES: readonly SizeClass[] = MARKS.map(([parametersBelow, mark], index) => {
  const markBelow = index === 0 ? SMALLEST_FLOOR : MARKS[index - 1][1];
  return { parametersBelow, mark, markBelow, floor: Math.min(markBelow, TARGET_ACCURACY) };
});

/** The smallest class that so many parameters fit; undefined where they are too many for the challenge. */
export function sizeClassOf(parameters: number): SizeClass | undefined {
  return SIZE_CLASSES.find(({ parametersBelow }) => parameters < parametersBelow);
}

/** Where an entry stands in its class. */
export interface Standing {
  readonly sizeClass: SizeClass;
  /** One-sided, that its mean final accuracy is above the floor. */
  readonly p: number;
  /** Whether that is shown, which makes it a record. */
  readonly isAboveFloor: boolean;
  /** Whether the mean is at least the mark, and shown to be above the mark of the next smaller class. */
  readonly isAtMark: boolean;
}

/**
 * Where the completed of `trials` stand in their class; their accuracies are counted on so many `testImages`.
 *
 * @throws {RangeError} If fewer than two have completed.
 */
export function standingOf(
  sizeClass: SizeClass,
  { trials, testImages }: { readonly trials: readonly TrialRow[]; readonly testImages: number },
): Standing {
  const finals = trials.filter(isCompleted).map(({ finalTestAccuracy }) => finalTestAccuracy);
  const { mark, markBelow, floor } = sizeClass;
  const options = { alternative: "greater", unit: 1 / testImages } as const;
  const pAbove = (accuracy: number) => oneSampleTest(finals, accuracy, options).p;
  const p = pAbove(floor), mean = describe(finals)!.mean;
  return {
    sizeClass,
    p,
    isAboveFloor: p < RECORD_P,
    isAtMark: reaches(mean, mark) && pAbove(markBelow) < RECORD_P,
  };
}

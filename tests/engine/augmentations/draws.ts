/**
 * Draws that a test chooses.
 *
 * @module
 */
import { Draws } from "../../../engine/augmentations/mod.ts";

/** Each draw as `unit` says it, a fraction from 0 to below 1 with 24 bits. */
export class ChosenDraws extends Draws {
  constructor(readonly chosen: (number: number) => number) {
    super();
  }

  override word(number: number): number {
    return Math.floor(this.chosen(number) * 4294967296);
  }

  override unit(number: number): number {
    return this.chosen(number);
  }
}

/** Draws of a list; asking for another fails. */
export const listed = (...units: readonly number[]): ChosenDraws =>
  new ChosenDraws((number) => {
    if (number >= units.length) {
      throw new RangeError(`Cannot draw number ${number}: expected below ${units.length}`);
    }
    return units[number];
  });

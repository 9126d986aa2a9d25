/**
 * What each slice adds to the gradient of a tensor, and their sum.
 *
 * @module
 */
import { type Area, nth, type ParameterPlace, type Planner, type Runtime, type Step } from "./operation.ts";

/** One array of a tensor's length for each slice, added up in slice order. */
export class GradientShares {
  readonly #areas: Area;
  readonly #place: ParameterPlace;

  constructor(planner: Planner, place: ParameterPlace) {
    this.#place = place;
    this.#areas = planner.perSlice(4 * place.length);
  }

  /** The address of a slice's share. */
  at(slice: number): number {
    return nth(this.#areas, slice);
  }

  reduce({ kernels }: Runtime, step: Step): void {
    const { address, each } = this.#areas, { gradient, length } = this.#place;
    // a tensor's place is padded to whole vectors, and so are the shares: the sum may end there
    kernels.sumSlices(address, each, step.slices, gradient, Math.ceil(length / 4));
  }
}

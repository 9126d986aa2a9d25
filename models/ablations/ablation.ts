/**
 * What an ablation is: one thing that a recipe is credited for, and the recipe without it.
 *
 * @module
 */
import { countParameters } from "../graph.ts";
import type { Iteration, Training } from "../iteration.ts";
import type { Layer } from "../layers/mod.ts";

/** The part of an iteration that is another one. */
export type Change =
  | { readonly layers: readonly Layer[] }
  | { readonly training: Partial<Training> };

/** One thing taken out, and everything else left as it is. */
export interface Ablation {
  /** Results are filed under it, so it stays what it is. */
  readonly number: number;
  /** What is taken out. */
  readonly factor: string;
  /** What stands in its place. */
  readonly instead: string;
  /** Undefined where the iteration has no such thing. */
  readonly change: (iteration: Iteration) => Change | undefined;
}

/** Numbers of variants begin behind this one, so that they are those of no iteration of the project or the field. */
export const VARIANTS_FROM = 9000;
/** Of the numbers behind that, those from here on are of variants that a file lists. */
export const LISTED_FROM = 100;

/** An iteration with one part changed, under a number and a title of its own; what was published is not its. */
export function variantOf(
  iteration: Iteration,
  { change, number, title }: { readonly change: Change; readonly number: number; readonly title: string },
): Iteration {
  const layers = "layers" in change ? change.layers : iteration.layers;
  const training = "training" in change ? { ...iteration.training, ...change.training } : iteration.training;
  return {
    id: VARIANTS_FROM + number,
    title,
    layers,
    parameters: countParameters(layers),
    training,
  };
}

/** Whether an iteration is another one without something that the project's ablations take out. */
export const isAblation = ({ id }: Pick<Iteration, "id">): boolean =>
  id > VARIANTS_FROM && id < VARIANTS_FROM + LISTED_FROM;

/** Whether an iteration is a variant of another one. */
export const isVariant = ({ id }: Pick<Iteration, "id">): boolean => id > VARIANTS_FROM;

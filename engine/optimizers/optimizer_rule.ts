/**
 * How an optimizer's update is written down, once for all engines.
 *
 * @module
 */
import type { OptimizerName, OptimizerOf } from "../../models/recipe/optimizers/mod.ts";
import type { Arithmetic } from "../arithmetic.ts";

/** What the schedule says of a step. */
export interface StepRates {
  readonly learningRate: number;
  /** SGD's or RMSprop's momentum or Adam's β1, as the schedule has it; 0 for optimizers without. */
  readonly momentum: number;
  /** Updates that came before. */
  readonly step: number;
}

/** The values of one parameter's update. */
export interface Updated<V, State extends string> {
  readonly parameter: V;
  readonly state: Readonly<Record<State, V>>;
}

/** An optimizer. `Scalar` and `State` name what the update needs beside parameter and gradient. */
export interface OptimizerRule<K extends OptimizerName, Scalar extends string, State extends string> {
  /** What is kept for each parameter from step to step, in this order; all start at 0. */
  readonly state: readonly State[];
  /** Names of the step's numbers, in this order. */
  readonly scalars: readonly Scalar[];
  /** What a schedule may cycle: SGD's or RMSprop's momentum, or Adam's β1; 0 where there is neither. */
  momentum(optimizer: OptimizerOf<K>): number;
  /** The step's numbers in float64; `optimizerScalarsAt` rounds each once to float32. */
  scalarsAt(optimizer: OptimizerOf<K>, rates: StepRates): Readonly<Record<Scalar, number>>;
  /**
   * The update of one parameter. With decay off (norms and biases under `decayNormAndBias: false`) the engine passes
   * 0 for the scalar `weightDecay`, which every rule has.
   */
  update<V>(
    a: Arithmetic<V>,
    values: {
      readonly parameter: V;
      readonly gradient: V;
      readonly state: Readonly<Record<State, V>>;
      readonly scalars: Readonly<Record<Scalar, V>>;
    },
    optimizer: OptimizerOf<K>,
  ): Updated<V, State>;
}

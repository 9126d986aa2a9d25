/**
 * The activations of `engine/activations/`, element by element.
 *
 * @module
 */
import { type ActivationName, activationOf, forEveryActivation } from "../../../engine/activations/mod.ts";
import { numberArithmetic } from "../number_arithmetic.ts";
import type { Forward } from "../operation.ts";

const activation: Forward<ActivationName> = ({ operation, inputs: [{ data: x }], output: { data: y } }) => {
  const formula = activationOf(operation);
  for (let i = 0; i < y.length; i++) y[i] = formula.value(numberArithmetic, x[i], operation);
};

export const ACTIVATION_FORWARDS = forEveryActivation(() => activation) as {
  readonly [K in ActivationName]: Forward<K>;
};

/**
 * Every activation's formula by its name. A new one is a file in this folder and a line here, beside its layer in
 * `models/layers/`; every engine then computes it.
 *
 * @module
 */
import type { LayerKindName, LayerOf } from "../../models/layers/mod.ts";
import type { Activation } from "./activation.ts";
import { gelu } from "./gelu.ts";
import { hardSwish } from "./hard_swish.ts";
import { leakyRelu } from "./leaky_relu.ts";
import { relu } from "./relu.ts";
import { relu6 } from "./relu6.ts";
import { sigmoid } from "./sigmoid.ts";
import { silu } from "./silu.ts";
import { tanh } from "./tanh.ts";

export const ACTIVATIONS = { relu, relu6, tanh, sigmoid, silu, hardSwish, gelu, leakyRelu } satisfies {
  [K in LayerKindName]?: Activation<K>;
};

/** The layers that these formulas compute. */
export type ActivationName = keyof typeof ACTIVATIONS;

export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as readonly ActivationName[];

/** Something for every activation, by its name: how engines make their rooms. */
export const forEveryActivation = <R>(
  make: (name: ActivationName) => R,
): Readonly<Record<ActivationName, R>> =>
  Object.fromEntries(ACTIVATION_NAMES.map((name) => [name, make(name)])) as Record<ActivationName, R>;

/** The formula of an activation; it takes the layer that it was found by. */
export const activationOf = ({ kind }: LayerOf<ActivationName>): Activation<ActivationName> =>
  ACTIVATIONS[kind] as Activation<ActivationName>;

export type { Activation } from "./activation.ts";

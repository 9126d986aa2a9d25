/**
 * Every optimizer by its name. A new one is a file in this folder, a line here and its update in `engine/optimizers/`.
 *
 * @module
 */
import type { AnyCompleted, AnyOf } from "../../kinds.ts";
import { adadelta } from "./adadelta.ts";
import { adagrad } from "./adagrad.ts";
import { adam } from "./adam.ts";
import { adamW } from "./adam_w.ts";
import { rmsProp } from "./rms_prop.ts";
import { sgd } from "./sgd.ts";

export const OPTIMIZERS = { sgd, adam, adamW, rmsProp, adadelta, adagrad };

export type OptimizerName = keyof typeof OPTIMIZERS;
/** How parameters are updated, as a person writes it. */
export type Optimizer = AnyOf<typeof OPTIMIZERS>;
/** The same with every fallback in its place. */
export type CompletedOptimizer = AnyCompleted<typeof OPTIMIZERS>;
export type OptimizerOf<K extends OptimizerName> = Extract<CompletedOptimizer, { readonly kind: K }>;

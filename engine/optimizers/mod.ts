/**
 * Every optimizer's update by its name. A new optimizer is a file in this folder and a line here, beside its fields in
 * `models/recipe/optimizers/`.
 *
 * @module
 */
import type { CompletedOptimizer, OptimizerName } from "../../models/recipe/optimizers/mod.ts";
import { adadelta } from "./adadelta.ts";
import { adagrad } from "./adagrad.ts";
import { adam } from "./adam.ts";
import { adamW } from "./adam_w.ts";
import type { OptimizerRule } from "./optimizer_rule.ts";
import { rmsProp } from "./rms_prop.ts";
import { sgd } from "./sgd.ts";

export const OPTIMIZER_RULES = { sgd, adam, adamW, rmsProp, adadelta, adagrad } satisfies {
  [K in OptimizerName]: OptimizerRule<K, string, string>;
};

/** A rule whichever optimizer it is of; it takes the optimizer that it was found by. */
export type AnyOptimizerRule = OptimizerRule<OptimizerName, string, string>;

/** The rule of an optimizer. */
export const optimizerRule = ({ kind }: CompletedOptimizer): AnyOptimizerRule =>
  OPTIMIZER_RULES[kind] as AnyOptimizerRule;

export type { OptimizerRule, StepRates, Updated } from "./optimizer_rule.ts";

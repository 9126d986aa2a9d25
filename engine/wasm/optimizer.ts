/**
 * An optimizer's rule on all parameters at once.
 *
 * Arrays are padded to whole vectors with zeros; what a rule makes of those is never looked at.
 *
 * @module
 */
import type { CompletedOptimizer } from "../../models/recipe/optimizers/mod.ts";
import { optimizerRule } from "../optimizers/mod.ts";
import { VectorArithmetic } from "./arithmetic.ts";
import { advance, countDown, get, type ModuleBuilder, set, V128, v128 } from "./assembler.ts";

/** The float32 values that the kernel reads from `scalars`, in order. */
export function scalarRecord(
  optimizer: CompletedOptimizer,
  scalars: Readonly<Record<string, number>>,
): number[] {
  return optimizerRule(optimizer).scalars.map((name) => scalars[name]);
}

/** Most values of a record. */
export const LARGEST_RECORD = 16;

/**
 * Adds `update(parameters, gradients, scalars, vectors, state0, state1, …)` to a module, with as many states as the
 * optimizer's rule has.
 */
export function optimizerKernel(module: ModuleBuilder, optimizer: CompletedOptimizer): void {
  const rule = optimizerRule(optimizer), stateNames = rule.state.map((_, i) => `state${i}`);
  module.function("update", ["parameters", "gradients", "scalars", "vectors", ...stateNames], (f) => {
    const parameters = f.parameter("parameters"), gradients = f.parameter("gradients");
    const scalars = f.parameter("scalars"), vectors = f.parameter("vectors");
    const states = stateNames.map((name) => f.parameter(name));
    const record = f.locals(rule.scalars.length, V128);
    const a = new VectorArithmetic(f);
    const body = a.body(() => {
      const { parameter, state } = rule.update(a, {
        parameter: a.keep(v128.load(get(parameters))),
        gradient: a.keep(v128.load(get(gradients))),
        state: Object.fromEntries(rule.state.map((name, i) => [name, a.keep(v128.load(get(states[i])))])),
        scalars: Object.fromEntries(rule.scalars.map((name, i) => [name, get(record[i])])),
      }, optimizer);
      return [
        ...rule.state.flatMap((name, i) => v128.store(get(states[i]), state[name])),
        ...v128.store(get(parameters), parameter),
      ];
    });
    f.emit(
      ...record.map((local, i) => set(local, v128.load32Splat(get(scalars), 4 * i))),
      a.constants,
      countDown(vectors, body, ...[parameters, gradients, ...states].map((pointer) => advance(pointer, 16))),
    );
  });
}

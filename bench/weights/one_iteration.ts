/**
 * The one iteration that a flag names.
 *
 * @module
 */
import { loadNamedIterations } from "../../models/catalog.ts";
import type { Iteration } from "../../models/iteration.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { readIterationNames } from "../command_line/iteration_names.ts";

/** @throws {UsageError} If `text`, the value of `flag`, names none, several, or one that cannot be used. */
export async function loadOneIteration(flag: string, text: string | undefined): Promise<Iteration> {
  const wanted = "the iteration that the weights were trained as, such as 5 or ./my_net.ts";
  if (text === undefined) {
    throw new UsageError(`Cannot use the weights: expected ${flag}, ${wanted}, got none`);
  }
  const names = readIterationNames(text, flag);
  const iterations = await asUsageError(() => loadNamedIterations(names));
  if (iterations.length !== 1) {
    throw new UsageError(
      `Cannot use ${flag}: expected ${wanted}, got "${text}", which are ${iterations.length}`,
    );
  }
  return iterations[0];
}

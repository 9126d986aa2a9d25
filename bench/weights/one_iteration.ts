/**
 * The one iteration that a flag names.
 *
 * @module
 */
import { loadNamedIterations } from "../../models/catalog.ts";
import type { Iteration } from "../../models/iteration.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { readIterationName } from "../command_line/iteration_names.ts";

/** @throws {UsageError} If `text`, the value of `flag`, names none, several, or one that cannot be used. */
export async function loadOneIteration(flag: string, text: string | undefined): Promise<Iteration> {
  if (text === undefined) {
    throw new UsageError(
      `Cannot use the weights: expected ${flag}, the iteration that they were trained as, such as 5 or ./my_net.ts, got none`,
    );
  }
  const name = readIterationName(text, flag);
  const [iteration] = await asUsageError(() => loadNamedIterations([name]));
  return iteration;
}

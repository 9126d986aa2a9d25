/**
 * Which Python, and what is said where there is none.
 *
 * @module
 */
import { UsageError } from "../command_line/errors.ts";

/** The program that is run unless another is named. */
export const DEFAULT_PYTHON = Deno.build.os === "windows" ? "python" : "python3";

/** Said where there is no such program. */
export const missingPython = (python: string): UsageError =>
  new UsageError(
    `Cannot measure PyTorch: expected a Python to run, got no program "${python}"; install Python 3 and torch, or name yours with --against-pytorch PYTHON`,
  );

/**
 * Finds an installed TensorFlow whose headers and libraries a binding can be compiled against.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../command_line/errors.ts";

/** A Python package of TensorFlow. */
export interface InstalledTensorflow {
  /** The package's folder. */
  readonly folder: string;
  /** CUDA that it was built with; absent where it was built without. */
  readonly cuda?: string;
}

/** What a binding needs of it, from the package's folder. */
const HEADERS = ["include/tensorflow/c/c_api.h", "include/tensorflow/c/eager/c_api.h"];
export const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] as const;

const GET = "run pip install tensorflow (or tensorflow-cpu), or name its folder with --tensorflow DIR";

/** Runs a program and gives what it printed; undefined where it cannot be run or fails. */
export type RunProgram = (command: string, args: readonly string[]) => Promise<string | undefined>;

/** Prints the folder of the package without loading it, which takes seconds. */
const WHERE =
  "import importlib.util as u; s = u.find_spec('tensorflow'); print(s.submodule_search_locations[0] if s else '')";

/**
 * The TensorFlow in `folder` (the package itself, or what it lies in: a virtual environment or `site-packages`), else
 * that of the Python on the path.
 *
 * @throws {UsageError} If there is none, or it lacks headers or libraries.
 */
export async function findTensorflow(
  folder: string | undefined,
  run: RunProgram,
): Promise<InstalledTensorflow> {
  const found = folder === undefined ? await askPython(run) : await findIn(folder, run);
  const missing = [...HEADERS, ...LIBRARIES].find((path) => !existsSync(join(found, path)));
  if (missing !== undefined) {
    throw new UsageError(
      `Cannot compile the binding: expected "${missing}" in the TensorFlow in "${found}", got none; ${GET}`,
    );
  }
  return { folder: found, cuda: readCuda(found) };
}

async function askPython(run: RunProgram): Promise<string> {
  for (const python of ["python3", "python"]) {
    const folder = (await run(python, ["-c", WHERE]))?.trim();
    if (folder) return folder;
  }
  throw new UsageError(`Cannot compile the binding: expected an installed TensorFlow, got none; ${GET}`);
}

async function findIn(folder: string, run: RunProgram): Promise<string> {
  if (existsSync(join(folder, HEADERS[0]))) return folder;
  if (existsSync(join(folder, "tensorflow", HEADERS[0]))) return join(folder, "tensorflow");
  // a virtual environment knows best where its packages are
  const python = join(folder, "bin", "python");
  const found = existsSync(python) ? (await run(python, ["-c", WHERE]))?.trim() : undefined;
  if (found) return found;
  throw new UsageError(
    `Cannot compile the binding: expected TensorFlow in "${folder}", got no "${HEADERS[0]}" there; ${GET}`,
  );
}

/** From the package's own account of its build. */
function readCuda(folder: string): string | undefined {
  try {
    const text = Deno.readTextFileSync(join(folder, "python", "platform", "build_info.py"));
    return /'cuda_version',\s*'([^']+)'/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

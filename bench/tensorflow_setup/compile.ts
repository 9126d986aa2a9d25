/**
 * Compiles the binding that ships in the npm package against an installed TensorFlow.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BINDING_FILE, BINDING_FOLDER } from "../../engine/tensorflow/binding_record.ts";
import { UsageError } from "../command_line/errors.ts";
import { type InstalledTensorflow, LIBRARIES, type RunProgram } from "./find_tensorflow.ts";

const SOURCES = ["binding/tfjs_backend.cc", "binding/tfjs_binding.cc"];

/** Where things are. */
export interface CompilePlan {
  /** C++17 compiler. */
  readonly compiler: string;
  /** Folder of the npm package with the binding's sources. */
  readonly packageFolder: string;
  /** Folder with `node_api.h`. */
  readonly nodeHeaders: string;
  readonly tensorflow: InstalledTensorflow;
  readonly output: string;
}

/** What the compiler is told. The library is found again by its folder, wherever the binding is loaded from. */
export function compileArguments({ packageFolder, nodeHeaders, tensorflow, output }: CompilePlan): string[] {
  const { folder } = tensorflow;
  return [
    "-std=c++17",
    "-O2",
    "-shared",
    "-fPIC",
    "-DNAPI_VERSION=8",
    `-I${nodeHeaders}`,
    `-I${join(folder, "include")}`,
    ...SOURCES.map((source) => join(packageFolder, source)),
    "-o",
    output,
    `-L${folder}`,
    ...LIBRARIES.map((library) => `-l:${library}`),
    `-Wl,-rpath,${folder}`,
  ];
}

/** Where the package looks for its binding. */
export function bindingPath(packageFolder: string): string {
  return join(packageFolder, BINDING_FOLDER, BINDING_FILE);
}

/**
 * The C++ compiler: `wanted` (from `$CXX`), else the first that runs.
 *
 * @throws {UsageError} If there is none.
 */
export async function findCompiler(wanted: string | undefined, run: RunProgram): Promise<string> {
  const candidates = wanted ? [wanted] : ["g++", "clang++", "c++"];
  for (const compiler of candidates) {
    if (await run(compiler, ["--version"]) !== undefined) return compiler;
  }
  throw new UsageError(
    `Cannot compile the binding: expected a C++ compiler, got none that runs as ${
      candidates.join(", ")
    }; install one (on Debian: apt-get install g++), or name it with CXX=…`,
  );
}

/**
 * The folder with Node's headers: `wanted`, else that of the npm package `node-api-headers`.
 *
 * @throws {UsageError} If there is no `node_api.h`.
 */
export function findNodeHeaders(wanted: string | undefined, packaged: string): string {
  const folder = wanted ?? packaged;
  if (existsSync(join(folder, "node_api.h"))) return folder;
  throw new UsageError(
    `Cannot compile the binding: expected Node's headers, got no "node_api.h" in "${folder}"; name the folder that has it with --node-headers DIR (Node's own is include/node; on Debian: apt-get install libnode-dev)`,
  );
}

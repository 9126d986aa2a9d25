/**
 * Makes the native backend of TensorFlow.js work: its own binary where that does, else one compiled here.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readBindingRecord, writeBindingRecord } from "../../engine/tensorflow/binding_record.ts";
import type { LoadedBackend, TensorflowBackend } from "../../engine/tensorflow/messages.ts";
import { openNetwork as openTensorflow, TensorflowProcess } from "../../engine/tensorflow/process.ts";
import { openNetwork as openWasm } from "../../engine/wasm/stepping.ts";
import { loadIterations } from "../../models/catalog.ts";
import { planRun, type StepResult, trainSteps } from "../crosscheck/run.ts";
import { allowed } from "../crosscheck/tolerances.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { NO_LOADER_PATHS } from "../../engine/loader_paths.ts";
import { bindingPath, compileArguments, findCompiler, findNodeHeaders } from "./compile.ts";
import { findTensorflow, type RunProgram } from "./find_tensorflow.ts";

type NativeBackend = Extract<TensorflowBackend, "node" | "node-gpu">;

const PROCESS = fileURLToPath(new URL("../../engine/tensorflow/process", import.meta.url));
const packageFolder = (backend: NativeBackend) =>
  join(PROCESS, "node_modules", "@tensorflow", `tfjs-${backend}`);

/** Runs a program; undefined where it cannot be run or fails. */
const run: RunProgram = async (command, args) => {
  try {
    const { success, stdout } = await new Deno.Command(command, {
      args: [...args],
      env: NO_LOADER_PATHS,
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined;
  }
};

/** Runs `deno install` in the process's folder; returns what went wrong. */
async function install(...args: string[]): Promise<string | undefined> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--frozen", ...args],
    cwd: PROCESS,
    env: { ...NO_LOADER_PATHS, NO_COLOR: "1" },
    stdout: "null",
  }).output();
  if (success) return undefined;
  const lines = new TextDecoder().decode(stderr).split("\n").filter((line) => /^error/i.test(line));
  // what a script threw says more than that it failed
  return reasonOf(lines.find((line) => /Uncaught/.test(line)) ?? lines.at(0) ?? "no reason");
}

/** Installs, and compiles where the packages' own binary does not work; `write` tells what is being done. */
export async function setUp(
  folder: string | undefined,
  nodeHeaders: string | undefined,
  write: (text: string) => void,
): Promise<LoadedBackend> {
  const problem = await install();
  if (problem !== undefined) {
    throw new UsageError(
      `Cannot install the packages of TensorFlow.js: expected them from npm, got "${problem}"; run this once with the npm registry in reach`,
    );
  }
  if (folder === undefined) {
    const own = await useOwnBinary(write);
    if (own !== undefined) return own;
  }
  return await compile(folder, nodeHeaders, write);
}

/** The binary that a package's own install script fetches, or has fetched before; undefined where it cannot. */
async function useOwnBinary(write: (text: string) => void): Promise<LoadedBackend | undefined> {
  for (const backend of ["node-gpu", "node"] as const) {
    const folder = packageFolder(backend), name = `@tensorflow/tfjs-${backend}`;
    // one that was compiled here is made anew
    if (readBindingRecord(folder) !== undefined) continue;
    if (!existsSync(bindingPath(folder))) {
      const problem = await install(`--allow-scripts=npm:${name}`);
      if (problem !== undefined || !existsSync(bindingPath(folder))) {
        write(`${name}: its install script could not fetch a binary (${problem ?? "it left none"})`);
        continue;
      }
    }
    try {
      const loaded = await check(backend);
      write(`${name}: its own binary works`);
      return loaded;
    } catch (error) {
      write(`${name}: its own binary does not work here (${reasonOf(error)})`);
    }
  }
}

async function compile(
  wantedFolder: string | undefined,
  wantedHeaders: string | undefined,
  write: (text: string) => void,
): Promise<LoadedBackend> {
  if (Deno.build.os !== "linux") {
    throw new UsageError(
      `Cannot compile the binding: expected Linux, got ${Deno.build.os}; use --tf-backend cpu or webgpu instead`,
    );
  }
  const tensorflow = await findTensorflow(wantedFolder, run);
  const compiler = await findCompiler(Deno.env.get("CXX"), run);
  const packaged = join(PROCESS, "node_modules", "node-api-headers", "include");
  const headers = findNodeHeaders(wantedHeaders, packaged);
  const backend = tensorflow.cuda === undefined ? "node" : "node-gpu";
  const folder = packageFolder(backend), target = bindingPath(folder), output = `${target}.new`;
  await Deno.mkdir(dirname(target), { recursive: true });
  const args = compileArguments({
    compiler,
    packageFolder: folder,
    nodeHeaders: headers,
    tensorflow,
    output,
  });
  write(`compiling the binding of @tensorflow/tfjs-${backend}, which takes some 20 s:`);
  write(`  ${[compiler, ...args].join(" ")}`);
  const { success, stderr } = await new Deno.Command(compiler, {
    args,
    env: NO_LOADER_PATHS,
    stdout: "null",
  }).output();
  if (!success) {
    const lines = new TextDecoder().decode(stderr).split("\n");
    const reason = lines.find((line) => /error/i.test(line)) ?? lines[0];
    throw new UsageError(
      `Cannot compile the binding: expected "${compiler}" to succeed, got "${reason.trim()}"; use a C++17 compiler and an unchanged TensorFlow`,
    );
  }
  await Deno.rename(output, target);
  writeBindingRecord(folder, tensorflow);
  const loaded = await asUsageError(() => check(backend));
  writeBindingRecord(folder, { ...tensorflow, version: loaded.tensorflowVersion });
  write(`put it into ${target}`);
  return loaded;
}

/**
 * Trains one step and compares it with the CPU engine's.
 *
 * @throws {Error} If the backend does not load or trains another step.
 */
async function check(backend: NativeBackend): Promise<LoadedBackend> {
  const iteration = (await loadIterations())[0];
  const plan = planRun(iteration, { seed: 0, steps: 1, batchSize: 8 });
  const process = await TensorflowProcess.start({ backend });
  try {
    const results: StepResult[] = [];
    await trainSteps((...given) => openTensorflow(process, ...given), plan, (result) => results.push(result));
    await trainSteps((...given) => openWasm(...given), plan, (result) => results.push(result));
    const [{ loss }, { loss: expected }] = results;
    if (!(Math.abs(loss / expected - 1) <= allowed(1, iteration.training.optimizer.kind).loss)) {
      throw new Error(
        `Cannot use TensorFlow: expected a training step with the loss ${expected}, got ${loss}; try another version of it`,
      );
    }
    return process.loaded;
  } finally {
    process.kill();
  }
}

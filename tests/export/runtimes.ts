/**
 * Runs exported files in the programs that they are for, each in a process of its own.
 *
 * @module
 */
import { ok } from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Job } from "./onnxruntime/main.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Whether `REQUIRE` lists something that tests are otherwise skipped without. */
export const isRequired = (name: string): boolean =>
  (Deno.env.get("REQUIRE") ?? "").split(",").includes(name);

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    return new Deno.Command(program, { args: [...args], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false; // there is no such program
  }
}

const ONNXRUNTIME = [
  "run",
  "-q",
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  `--config=${join(HERE, "onnxruntime", "deno.json")}`,
  join(HERE, "onnxruntime", "main.ts"),
];

/** For a test's `ignore`: onnxruntime-web can neither be loaded nor downloaded; `REQUIRE=onnxruntime` makes it fail. */
export const IGNORE_WITHOUT_ONNXRUNTIME = !isRequired("onnxruntime") &&
  !succeeds(Deno.execPath(), ONNXRUNTIME);

/** For a test's `ignore`: there is no Python with PyTorch; `REQUIRE=pytorch` makes it fail. */
export const IGNORE_WITHOUT_PYTORCH = !isRequired("pytorch") &&
  !succeeds("python3", [
    "-c",
    "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)",
  ]);

/** Runs a program to its end; returns what it wrote. */
export function run(program: string, args: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args: [...args] }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  ok(success, text(stderr));
  return text(stdout);
}

/** Calls `action` with a new folder, which is then removed. */
export async function inFolder<T>(action: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = Deno.makeTempDirSync();
  try {
    return await action(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const readLogits = (folder: string, name: string) =>
  new Float32Array(Deno.readFileSync(join(folder, `${name}.logits`)).buffer);

/** An ONNX file to run. */
export interface OnnxJob extends Partial<Pick<Job, "pixels" | "batchSize">> {
  readonly file: Uint8Array;
  /** uint8 [N,28,28] */
  readonly images: Uint8Array;
}

/** Logits [N,10] of each job, by onnxruntime-web. */
export function runOnnx(jobs: readonly OnnxJob[]): Promise<Float32Array[]> {
  return inFolder((folder) => {
    const written = jobs.map(({ file, images, pixels = "uint8", batchSize = 1000 }, index): Job => {
      Deno.writeFileSync(join(folder, `${index}.onnx`), file);
      Deno.writeFileSync(join(folder, `${index}.images`), images);
      return { name: String(index), pixels, batchSize };
    });
    Deno.writeTextFileSync(join(folder, "jobs.json"), JSON.stringify(written));
    run(Deno.execPath(), [...ONNXRUNTIME, folder]);
    return jobs.map((_, index) => readLogits(folder, String(index)));
  });
}

/** A generated program with its weights. */
export interface PytorchJob {
  /** Given the name under which the weights lie beside it. */
  readonly program: (weightsFile: string) => string;
  readonly weights: Uint8Array;
  /** uint8 [N,28,28] */
  readonly images: Uint8Array;
}

/** Logits [N,10] of each job, by PyTorch. */
export function runPytorch(jobs: readonly PytorchJob[]): Promise<Float32Array[]> {
  return inFolder((folder) => {
    jobs.forEach(({ program, weights, images }, index) => {
      Deno.writeTextFileSync(join(folder, `${index}.py`), program(`${index}.safetensors`));
      Deno.writeFileSync(join(folder, `${index}.safetensors`), weights);
      Deno.writeFileSync(join(folder, `${index}.images`), images);
    });
    run("python3", [join(HERE, "run_pytorch.py"), folder, String(jobs.length)]);
    return jobs.map((_, index) => readLogits(folder, String(index)));
  });
}

/**
 * Runs ONNX files in onnxruntime-web, WebAssembly on this thread, in a process of its own: whoever makes a report would
 * otherwise download its 33 MB, since Deno fetches all that a lock file names.
 *
 *     deno run -A --config=tests/export/onnxruntime/deno.json tests/export/onnxruntime/main.ts FOLDER
 *
 * For every job of `jobs.json` in the folder it reads `NAME.onnx` and `NAME.images` (uint8 [N,28,28]) and writes
 * `NAME.logits` (float32 [N,10]). Without a folder it only loads the runtime.
 *
 * @module
 */

/** What a test asks for. */
export interface Job {
  readonly name: string;
  /** What enters: pixels as they are, or from 0 to 1. */
  readonly pixels: "uint8" | "float";
  readonly batchSize: number;
}

/** What is used of the runtime. */
interface Runtime {
  readonly env: { readonly wasm: { numThreads: number }; logLevel: string };
  readonly Tensor: new (
    type: "uint8" | "float32",
    data: Uint8Array | Float32Array,
    shape: readonly number[],
  ) => unknown;
  readonly InferenceSession: {
    create(file: Uint8Array): Promise<{
      run(
        inputs: Readonly<Record<string, unknown>>,
      ): Promise<{ readonly logits: { readonly data: Float32Array } }>;
      release(): Promise<void>;
    }>;
  };
}

const PIXELS = 28 * 28, CLASSES = 10, LARGEST_PIXEL = 255;

// a variable, so that the project's type check, whose lock lacks the package, does not ask for it
const name: string = "onnxruntime-web";
const runtime: Runtime = await import(name);
runtime.env.wasm.numThreads = 1;
runtime.env.logLevel = "error";

async function logitsOf(
  file: Uint8Array,
  images: Uint8Array,
  { pixels, batchSize }: Job,
): Promise<Float32Array> {
  const session = await runtime.InferenceSession.create(file);
  const count = images.length / PIXELS, logits = new Float32Array(count * CLASSES);
  for (let first = 0; first < count; first += batchSize) {
    const part = images.slice(first * PIXELS, Math.min(count, first + batchSize) * PIXELS);
    const shape = [part.length / PIXELS, 1, 28, 28];
    const tensor = pixels === "uint8"
      ? new runtime.Tensor("uint8", part, shape)
      : new runtime.Tensor("float32", Float32Array.from(part, (pixel) => pixel / LARGEST_PIXEL), shape);
    logits.set((await session.run({ images: tensor })).logits.data, first * CLASSES);
  }
  await session.release();
  return logits;
}

const [folder] = Deno.args;
if (folder !== undefined) {
  const jobs: readonly Job[] = JSON.parse(Deno.readTextFileSync(`${folder}/jobs.json`));
  for (const job of jobs) {
    const read = (ending: string) => Deno.readFileSync(`${folder}/${job.name}.${ending}`);
    try {
      const logits = await logitsOf(read("onnx"), read("images"), job);
      Deno.writeFileSync(`${folder}/${job.name}.logits`, new Uint8Array(logits.buffer));
    } catch (error) {
      console.error(`${job.name}: ${error instanceof Error ? error.message : error}`);
      Deno.exit(1);
    }
  }
}

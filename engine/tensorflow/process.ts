/**
 * Starts processes that run TensorFlow.js.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { Child } from "../child_process.ts";
import type { Iteration } from "../../models/iteration.ts";
import type { ImageSet, NamedTensor } from "../engine.ts";
import type { SteppedNetwork, StepPosition } from "../stepping.ts";
import type { Answer, FromProcess, LoadedBackend, TensorflowBackend, ToProcess } from "./messages.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** How to start one. */
export interface ProcessOptions {
  /** Absent for the best native one. */
  readonly backend?: TensorflowBackend;
  /** Threads that TensorFlow shares an operation among; absent for one per core. */
  readonly threads?: number;
}

/** A running process with what it has loaded. */
export class TensorflowProcess {
  readonly loaded: LoadedBackend;
  readonly #child: Child<ToProcess, FromProcess>;
  readonly #messages: AsyncGenerator<FromProcess>;

  private constructor(
    loaded: LoadedBackend,
    child: Child<ToProcess, FromProcess>,
    messages: AsyncGenerator<FromProcess>,
  ) {
    this.loaded = loaded;
    this.#child = child;
    this.#messages = messages;
  }

  /**
   * Starts a process and waits until it has loaded its backend.
   *
   * @throws {Error} If it cannot; the message is worded for the person.
   */
  static async start({ backend, threads }: ProcessOptions = {}): Promise<TensorflowProcess> {
    const child = new Child<ToProcess, FromProcess>([
      `--config=${path("process/deno.json")}`,
      "--allow-read",
      "--allow-env",
      "--allow-sys",
      // the native binding
      "--allow-ffi",
      path("process/main.ts"),
      ...(backend ? [backend] : []),
    ], {
      env: {
        // only errors: what else it says is of no use to whoever did not build it
        TF_CPP_MIN_LOG_LEVEL: "2",
        // TensorFlow 2.21's oneDNN gives the input gradient of a 1×1 convolution of 36 channels (iteration 5) 22 %
        // off on a CPU with AVX-512; the kernels without it are right, and 20 % slower
        TF_ENABLE_ONEDNN_OPTS: "0",
        ...(threads === undefined
          ? {}
          : { TF_NUM_INTRAOP_THREADS: String(threads), TF_NUM_INTEROP_THREADS: "1" }),
      },
    });
    const messages = child.messages();
    const { value: first } = await messages.next();
    if (first?.type === "ready") return new TensorflowProcess(first.loaded, child, messages);
    if (first?.type === "failed") throw new Error(first.message);
    const { errors, code } = await child.end();
    // Deno could not even load the program: its packages are not there
    const reason = errors.split("\n").find((line) => line.startsWith("error")) ?? `exit code ${code}`;
    throw new Error(
      `Cannot start TensorFlow.js: expected its packages from npm, got "${reason.trim()}"; run the command once with the npm registry in reach`,
    );
  }

  /**
   * Sends a message and waits for its answer; events in between go to `onEvent`.
   *
   * @throws {Error} If the process says that it failed, or ends.
   */
  async ask(
    message: ToProcess,
    onEvent?: (event: Extract<FromProcess, { type: "event" }>["event"]) => void,
  ): Promise<Answer> {
    this.#child.send(message);
    while (true) {
      const { value: reply, done } = await this.#messages.next();
      if (done) {
        const { code, errors } = await this.#child.end();
        const last = errors.split("\n").at(-1);
        throw new Error(`The TensorFlow.js process ended with code ${code}${last ? `: ${last}` : ""}`);
      }
      if (reply.type === "event") onEvent?.(reply.event);
      else if (reply.type === "answer") return reply.answer;
      else if (reply.type === "failed") throw new Error(reply.message);
    }
  }

  /** Ends it at once. */
  kill(): void {
    this.#child.kill();
  }
}

/** Opens a network in a process, instead of the one that it had open; `close` leaves the process running. */
export async function openNetwork(
  process: TensorflowProcess,
  iteration: Iteration,
  values: Float32Array,
): Promise<SteppedNetwork> {
  await process.ask({ type: "open", iteration, values });
  return {
    trainStep: async (data: ImageSet, indices: Uint32Array, position: StepPosition) =>
      await process.ask({ type: "trainStep", data, indices, position }) as { loss: number; correct: number },
    gradients: async () => await process.ask({ type: "gradients" }) as readonly NamedTensor[],
    tensors: async () => await process.ask({ type: "tensors" }) as readonly NamedTensor[],
    averages: async () => await process.ask({ type: "averages" }) as readonly NamedTensor[],
    logits: async (images: Uint8Array) => await process.ask({ type: "logits", images }) as Float32Array,
    // the process gives its memory back when the next one is opened
    close: () => {},
  };
}

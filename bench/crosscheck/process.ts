/**
 * An engine in a process of its own, so that no native library can change another's floating-point mode: both the
 * program that runs there, and how it is talked with.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { Child, parent } from "../../engine/child_process.ts";
import { reasonOf } from "../command_line/errors.ts";
import { type NetworkOptions, NETWORKS } from "./networks.ts";
import { evaluate, type SteppedRun, type StepResult, trainSteps } from "./run.ts";

type ToProcess =
  | { readonly type: "start"; readonly engine: string; readonly options: NetworkOptions }
  | { readonly type: "train"; readonly run: SteppedRun }
  | { readonly type: "evaluate"; readonly run: SteppedRun; readonly values: Float32Array };
type FromProcess =
  | { readonly type: "ready"; readonly device?: string }
  | { readonly type: "step"; readonly result: StepResult }
  | { readonly type: "trained" }
  | { readonly type: "logits"; readonly logits: Float32Array }
  | { readonly type: "failed"; readonly message: string };

/** An engine that trains runs step by step. */
export class SteppedEngine {
  readonly device?: string;
  readonly #child: Child<ToProcess, FromProcess>;
  readonly #messages: AsyncGenerator<FromProcess>;

  private constructor(
    child: Child<ToProcess, FromProcess>,
    messages: AsyncGenerator<FromProcess>,
    device: string | undefined,
  ) {
    this.#child = child;
    this.#messages = messages;
    this.device = device;
  }

  /**
   * Starts an engine's process.
   *
   * @throws {Error} If the engine cannot be had; the message is the engine's.
   */
  static async start(engine: string, options: NetworkOptions): Promise<SteppedEngine> {
    const child = new Child<ToProcess, FromProcess>([
      "--allow-read",
      "--allow-env",
      "--allow-sys",
      // TensorFlow.js is another process again
      ...(engine === "tensorflow" ? [`--allow-run=${Deno.execPath()}`] : []),
      fileURLToPath(import.meta.url),
    ]);
    const messages = child.messages();
    child.send({ type: "start", engine, options });
    try {
      while (true) {
        const first = await next(child, messages);
        if (first.type === "ready") return new SteppedEngine(child, messages, first.device);
      }
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  /** Trains a run; gives each step's result as it comes. */
  async *train(run: SteppedRun): AsyncGenerator<StepResult, void> {
    this.#child.send({ type: "train", run });
    while (true) {
      const message = await next(this.#child, this.#messages);
      if (message.type === "trained") return;
      if (message.type === "step") yield message.result;
    }
  }

  /** Logits of the run's test images with these tensors. */
  async evaluate(run: SteppedRun, values: Float32Array): Promise<Float32Array> {
    this.#child.send({ type: "evaluate", run, values });
    while (true) {
      const message = await next(this.#child, this.#messages);
      if (message.type === "logits") return message.logits;
    }
  }

  close(): void {
    this.#child.kill();
  }
}

/** What it says next; throws where that is that it failed. */
async function next(
  child: Child<ToProcess, FromProcess>,
  messages: AsyncGenerator<FromProcess>,
): Promise<FromProcess> {
  const { value, done } = await messages.next();
  if (!done) {
    if (value.type === "failed") throw new Error(value.message);
    return value;
  }
  const { code, errors } = await child.end();
  throw new Error(`The engine's process ended with code ${code}: ${errors.split("\n").at(-1)}`);
}

async function serve(): Promise<void> {
  const { send, messages } = parent<ToProcess, FromProcess>();
  let opener: Awaited<ReturnType<typeof NETWORKS[string]>> | undefined;
  try {
    for await (const message of messages()) {
      if (message.type === "start") {
        opener = await NETWORKS[message.engine](message.options);
        send({ type: "ready", device: opener.device });
      } else if (message.type === "train") {
        await trainSteps(opener!.open, message.run, (result) => send({ type: "step", result }));
        send({ type: "trained" });
      } else {
        send({ type: "logits", logits: await evaluate(opener!.open, message.run, message.values) });
      }
    }
  } catch (error) {
    send({ type: "failed", message: reasonOf(error) });
  }
  Deno.exit(0);
}

if (import.meta.main) await serve();

/**
 * A process of PyTorch that trains the project's networks: the other end of `pytorch_peer.py`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { buildGraph } from "../../models/graph.ts";
import { type CompletedTraining, completeTraining, type Iteration } from "../../models/iteration.ts";
import { NO_LOADER_PATHS } from "../../engine/loader_paths.ts";
import { UsageError } from "../command_line/errors.ts";
import { missingPython } from "./python.ts";

const PEER = fileURLToPath(new URL("./pytorch_peer.py", import.meta.url));

/** How a network is trained: how its images lie in memory, or on a GPU as a captured graph or as many at once. */
export type PeerVariant = "contiguous" | "channels_last" | "graph" | "ensemble";

/** A network for PyTorch: nothing is left out, so that no fallback stands in two languages. */
export interface PeerNetwork {
  readonly nodes: readonly {
    readonly operation: { readonly kind: string };
    readonly place: string;
    readonly inputs: readonly number[];
    readonly output: number;
    /** Of the first input. */
    readonly inputShape: readonly number[];
  }[];
  readonly logits: number;
}

/** What is trained, as JSON takes it. */
export interface PeerTask {
  readonly network: PeerNetwork;
  readonly training: CompletedTraining;
}

/** The peer's view of an iteration. */
export function peerTask({ layers, training }: Pick<Iteration, "layers" | "training">): PeerTask {
  const { nodes, values, logits } = buildGraph(layers);
  return {
    network: {
      nodes: nodes.map(({ operation, place, inputs, output }) => ({
        operation,
        place,
        inputs,
        output,
        inputShape: values[inputs[0]].shape,
      })),
      logits,
    },
    training: completeTraining(training),
  };
}

/** What the peer cannot do, such as a layer that PyTorch lacks; the reason is a noun phrase. */
export class PeerLimit extends Error {}

interface Requests {
  version: {
    readonly request: Record<never, never>;
    readonly answer: { readonly torch: string; readonly device: string };
  };
  prepare: {
    readonly request: PeerTask & { readonly variant: PeerVariant; readonly trials: number };
    readonly answer: { readonly parameters: number };
  };
  measure: {
    readonly request: { readonly seconds: number; readonly laps: number };
    readonly answer: { readonly imagesPerSecond: readonly number[] };
  };
  logits: {
    readonly request: {
      readonly tensors: readonly (readonly number[])[];
      readonly images: readonly number[];
    };
    readonly answer: { readonly logits: readonly number[] };
  };
}

/** One process of one thread, alive until it is closed. */
export class PytorchPeer {
  readonly #python: string;
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;
  readonly #errors: Promise<string>;

  private constructor(python: string, device: "cpu" | "cuda") {
    this.#python = python;
    this.#process = new Deno.Command(python, {
      args: [PEER, "--device", device],
      env: NO_LOADER_PATHS,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#writer.closed.catch(() => {}); // its end is noticed at the other pipe
    this.#lines = lines(this.#process.stdout);
    this.#errors = new Response(this.#process.stderr).text();
  }

  /**
   * Starts Python and loads torch.
   *
   * @throws {UsageError} If there is no such program, or it has no torch (on `cuda`: no GPU).
   */
  static async start(
    python: string,
    device: "cpu" | "cuda",
  ): Promise<{ readonly peer: PytorchPeer; readonly version: Version }> {
    let peer: PytorchPeer;
    try {
      peer = new PytorchPeer(python, device);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw missingPython(python);
    }
    try {
      return { peer, version: await peer.ask("version", {}) };
    } catch (error) {
      await peer.close();
      if (!(error instanceof PeerLimit)) throw error;
      throw new UsageError(
        `Cannot measure PyTorch: expected a Python with torch${
          device === "cuda" ? " for CUDA" : ""
        }, got one that cannot ${error.message}; run \`${python} -m pip install torch\`, or name another Python with --against-pytorch PYTHON`,
        { cause: error },
      );
    }
  }

  /** @throws {PeerLimit} If PyTorch cannot do it. @throws {UsageError} If the process has ended. */
  async ask<A extends keyof Requests>(
    ask: A,
    request: Requests[A]["request"],
  ): Promise<Requests[A]["answer"]> {
    this.#writer.write(new TextEncoder().encode(`${JSON.stringify({ ask, ...request })}\n`)).catch(() => {});
    const { value, done } = await this.#lines.next();
    if (done) {
      const last = (await this.#errors).trim().split("\n").at(-1) || "no reason";
      throw new UsageError(
        `Cannot measure PyTorch: expected "${this.#python}" to go on, got its end: ${last}`,
      );
    }
    const said = this.#read(value);
    if ("cannot" in said) throw new PeerLimit(said.cannot);
    return said;
  }

  #read(line: string) {
    try {
      return JSON.parse(line);
    } catch (error) {
      throw new UsageError(
        `Cannot measure PyTorch: expected "${this.#python}" to be a Python, got the answer "${
          line.slice(0, 60)
        }"`,
        { cause: error },
      );
    }
  }

  /** Ends it, whatever it is at. */
  async close(): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // it has ended already
    }
    await Promise.all([this.#writer.close().catch(() => {}), this.#process.status, this.#errors]);
    await this.#lines.return?.();
  }
}

/**
 * Asks all at once and waits for all.
 *
 * @throws As the first that cannot, once all have answered: each takes one question at a time.
 */
export async function askAll<A extends keyof Requests>(
  peers: readonly PytorchPeer[],
  ask: A,
  request: Requests[A]["request"],
): Promise<Requests[A]["answer"][]> {
  const answers = await Promise.allSettled(peers.map((peer) => peer.ask(ask, request)));
  return answers.map((answer) => {
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  });
}

/** What a peer runs on. */
export type Version = Requests["version"]["answer"];

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

/**
 * A Deno process that this one talks with: what must not share a process with the rest, such as native libraries.
 *
 * Messages are structured clones, each behind its length (uint32, little-endian), over the child's standard input and
 * output. The child ends with its standard input, so it never outlives who started it.
 *
 * @module
 */
import { deserialize, serialize } from "node:v8";
import { NO_LOADER_PATHS } from "./loader_paths.ts";

const LENGTH_BYTES = 4;
/** How much of what the child said on standard error is kept to explain its end. */
const KEPT_ERROR_CHARACTERS = 2000;

/** A message as it goes through the pipe. */
function frame(message: unknown): Uint8Array {
  const body = serialize(message);
  const bytes = new Uint8Array(LENGTH_BYTES + body.length);
  new DataView(bytes.buffer).setUint32(0, body.length, true);
  bytes.set(body, LENGTH_BYTES);
  return bytes;
}

/** The messages in a stream of bytes; the last may be torn off. */
export async function* readMessages(stream: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  let chunks: Uint8Array[] = [], have = 0, wanted = LENGTH_BYTES, isBody = false;
  for await (const chunk of stream) {
    chunks.push(chunk);
    have += chunk.length;
    while (have >= wanted) {
      const all = new Uint8Array(have);
      let at = 0;
      for (const part of chunks) {
        all.set(part, at);
        at += part.length;
      }
      const bytes = all.slice(0, wanted);
      chunks = [all.subarray(wanted)];
      have -= wanted;
      if (isBody) yield deserialize(bytes);
      wanted = isBody ? LENGTH_BYTES : new DataView(bytes.buffer).getUint32(0, true);
      isBody = !isBody;
    }
  }
}

/** A process that was started; `To` is what it takes, `From` what it says. */
export class Child<To, From> {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #errors: Promise<string>;

  /**
   * Starts `deno run` with these arguments.
   *
   * @throws {Error} If no Deno may be started here; the message is worded for the person.
   */
  constructor(args: readonly string[], options: { readonly env?: Readonly<Record<string, string>> } = {}) {
    try {
      this.#process = new Deno.Command(denoCommand(), {
        args: ["run", "--no-prompt", ...args],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        env: { ...NO_LOADER_PATHS, NO_COLOR: "1", ...options.env },
      }).spawn();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `Cannot start a process: expected the command "deno" on the PATH and the permission to run it, got "${reason}"; add the folder of "${Deno.execPath()}" to the PATH`,
        { cause: error },
      );
    }
    this.#writer = this.#process.stdin.getWriter();
    // who stops reading is noticed at the other end of the conversation
    this.#writer.closed.catch(() => {});
    this.#errors = this.#keepErrors();
  }

  async #keepErrors(): Promise<string> {
    let text = "";
    for await (const chunk of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      text = (text + chunk).slice(-KEPT_ERROR_CHARACTERS);
    }
    return text;
  }

  /** Sends a message; one that the child no longer takes is lost. */
  send(message: To): void {
    this.#writer.write(frame(message)).catch(() => {});
  }

  /** What it says, until it ends. */
  async *messages(): AsyncGenerator<From> {
    for await (const message of readMessages(this.#process.stdout)) yield message as From;
  }

  /** Once it has ended: exit code, and the last that it said on standard error. */
  async end(): Promise<{ readonly code: number; readonly errors: string }> {
    const [{ code }, errors] = await Promise.all([this.#process.status, this.#errors]);
    return { code, errors: errors.trim() };
  }

  /** Ends it at once. */
  kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // it has ended already
    }
    // a launcher between this process and the real one passes no signal on, but it shares its pipes
    this.#writer.close().catch(() => {});
  }
}

/** This very Deno where it may be run, else the one on the PATH: tasks can only name that. */
function denoCommand(): string {
  const own = Deno.execPath();
  return Deno.permissions.querySync({ name: "run", command: own }).state === "granted" ? own : "deno";
}

/** The child's side: what is sent to it, and how it answers. Its console goes to standard error. */
export function parent<From, To>(): { send(message: To): void; messages(): AsyncGenerator<From> } {
  console.log =
    console.info =
    console.debug =
    console.warn =
      console.error;
  // an interruption reaches the whole group of processes; this one's end is its parent's to decide
  Deno.addSignalListener("SIGINT", () => {});
  return {
    send(message) {
      let bytes = frame(message);
      while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
    },
    async *messages() {
      for await (const message of readMessages(Deno.stdin.readable)) yield message as From;
    },
  };
}

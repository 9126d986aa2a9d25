/**
 * Where a command's text goes.
 *
 * @module
 */

/** Where text goes. */
export interface Output {
  /** Never throws: what cannot be written must not cost results. */
  write(text: string): void;
  /** Whether the cursor can be moved. */
  readonly isTerminal: boolean;
  readonly color: boolean;
  /** Of the terminal now; without one, what is usual. */
  size(): { readonly columns: number; readonly rows: number };
  /** What a line of a table may be wide; absent where nobody's screen says so. */
  readonly width?: number;
  /** Why text was lost, worded for the person; undefined where none was. */
  failure?(): string | undefined;
}

/** Results, and what is said beside them. */
export interface Streams {
  readonly out: Output;
  /** Progress and errors. */
  readonly err: Output;
}

/** What a terminal shows where nothing says how wide it is. */
const USUAL_SIZE = { columns: 80, rows: 24 } as const;

/** The process's own; one that is no terminal, or a dumb one, gets neither colours nor cursor movements. */
export function realStreams(): Streams {
  return { out: outputOf(Deno.stdout, "standard output"), err: outputOf(Deno.stderr, "standard error") };
}

function outputOf(stream: typeof Deno.stdout, name: string): Output {
  const isTerminal = stream.isTerminal() && !isDumb();
  let failure: string | undefined;
  return {
    isTerminal,
    color: isTerminal && !Deno.noColor,
    // a dumb terminal is narrow, too
    get width() {
      return stream.isTerminal() ? this.size().columns : undefined;
    },
    write(text) {
      if (failure !== undefined) return;
      try {
        writeAll(stream, new TextEncoder().encode(text));
      } catch (error) {
        if (isGone(error)) return;
        const reason = error instanceof Error ? error.message : String(error);
        failure =
          `Cannot write to ${name}: expected a place that takes text, got "${reason}"; free the disk or write elsewhere`;
      }
    },
    size() {
      try {
        const size = Deno.consoleSize();
        // a terminal that a program made may not know its size
        return size.columns > 0 && size.rows > 0 ? size : USUAL_SIZE;
      } catch {
        return USUAL_SIZE;
      }
    },
    failure: () => failure,
  };
}

/** How long to wait for whoever reads a pipe that is full, where its writer is not made to wait. */
const FULL_PIPE_MS = 10;

function writeAll(stream: typeof Deno.stdout, text: Uint8Array): void {
  for (let written = 0; written < text.length;) {
    try {
      written += stream.writeSync(text.subarray(written));
    } catch (error) {
      // a pipe that another program made not to block: it takes more once it was read
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MS);
    }
  }
}

/** `TERM` is asked for only where that needs no permission of its own: who uses the API need not give it. */
function isDumb(): boolean {
  return Deno.permissions.querySync({ name: "env", variable: "TERM" }).state === "granted" &&
    Deno.env.get("TERM") === "dumb";
}

/** Whether whoever read along has left: a pipe that was closed, a terminal window that was. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    (error instanceof Error && "code" in error && error.code === "EIO");
}

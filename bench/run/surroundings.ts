/**
 * Everything that a run takes from outside, in one place, so that a test can give it something else.
 *
 * @module
 */
import { type Dataset, loadDataset } from "../../data/dataset.ts";
import type { DownloadProgress } from "../../data/types.ts";
import type { Engine } from "../../engine/engine.ts";
import { loadIterations } from "../../models/catalog.ts";
import type { Iteration } from "../../models/types.ts";
import { createEngine } from "./engines.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { type BenchOptions, QUICK_IMAGES } from "./options.ts";

/** Where text goes. */
export interface Output {
  write(text: string): void;
  /** Whether the cursor can be moved. */
  readonly isTerminal: boolean;
  readonly color: boolean;
  /** Of the terminal now. */
  size(): { readonly columns: number; readonly rows: number };
}

export interface Surroundings {
  loadIterations(): Promise<readonly Iteration[]>;
  loadDataset(options: BenchOptions, onProgress: DownloadProgress): Promise<Dataset>;
  createEngine(options: BenchOptions): Promise<Engine>;
  readEnvironment(): Environment;
  /** Results. */
  readonly out: Output;
  /** Progress and errors. */
  readonly err: Output;
  /** Milliseconds, never going back. */
  now(): number;
  /** Date and time, for the manifest. */
  date(): Date;
  /** Calls back when the person interrupts; the function returned stops that. */
  onInterrupt(callback: () => void): () => void;
}

/** The real ones. */
export function realSurroundings(): Surroundings {
  return {
    loadIterations: () => loadIterations(),
    loadDataset: (options, onProgress) =>
      loadDataset(options.dataset, {
        dir: options.data,
        // Asked for only where it counts, so that other data needs no permission to read the environment.
        mnistDirEnv: options.dataset === "mnist" && options.data === undefined
          ? Deno.env.get("MNIST_DIR")
          : undefined,
        onProgress,
        ...(options.quick ? { trainCount: QUICK_IMAGES.train, testCount: QUICK_IMAGES.test } : {}),
      }),
    createEngine: ({ engine, workers, tfBackend }) => createEngine(engine, { workers, tfBackend }),
    readEnvironment,
    out: outputOf(Deno.stdout),
    err: outputOf(Deno.stderr),
    now: () => performance.now(),
    date: () => new Date(),
    onInterrupt(callback) {
      const signals = ["SIGINT", "SIGTERM"] as const;
      signals.forEach((signal) => Deno.addSignalListener(signal, callback));
      return () => signals.forEach((signal) => Deno.removeSignalListener(signal, callback));
    },
  };
}

function outputOf(stream: typeof Deno.stdout): Output {
  const isTerminal = stream.isTerminal();
  return {
    isTerminal,
    color: isTerminal && !Deno.noColor,
    write(text) {
      let bytes = new TextEncoder().encode(text);
      try {
        while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
      } catch (error) {
        // Whoever read along has gone; the results are still to be written.
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      }
    },
    size() {
      try {
        return Deno.consoleSize();
      } catch {
        return { columns: 80, rows: 24 };
      }
    },
  };
}

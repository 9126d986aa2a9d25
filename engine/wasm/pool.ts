/**
 * The engine's workers: started, asked for the faster blocking, replaced where one broke.
 *
 * @module
 */
import type { Features } from "./features.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

export interface PoolWorker {
  readonly worker: Worker;
  readonly index: number;
}

/** Sends a message to a worker. */
export const post = ({ worker }: PoolWorker, message: ToWorker): void => worker.postMessage(message);

/** Starts a worker and waits until it has probed the machine. */
async function startWorker(index: number): Promise<{ member: PoolWorker; features: Features }> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: `wasm-${index}`,
  });
  const features = await new Promise<Features>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "ready") resolve(data.features);
      else if (data.type === "failed") reject(new Error(data.message));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot start a worker: ${event.message}`));
    };
  });
  return { member: { worker, index }, features };
}

/** Asks a worker which blocking is faster here. */
function tune(member: PoolWorker): Promise<boolean> {
  return new Promise((resolve) => {
    member.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "tuned") resolve(data.wide);
    };
    post(member, { type: "tune" });
  });
}

export class WorkerPool {
  readonly #members: PoolWorker[];
  #closed = false;

  private constructor(
    members: PoolWorker[],
    /** Whether every worker has fused multiply-add and keeps small numbers: else the bits are another engine's. */
    readonly exact: boolean,
    /** Whether kernels for wide registers are the faster ones. */
    readonly wide: boolean,
  ) {
    this.#members = members;
  }

  /**
   * Starts `count` workers.
   *
   * @throws {Error} If the machine lacks a WebAssembly feature; the message says which.
   */
  static async start(count: number, wide?: boolean): Promise<WorkerPool> {
    const started = await Promise.all(Array.from({ length: count }, (_, index) => startWorker(index)));
    const exact = started.every(({ features }) => features.fused && features.denormals);
    const members = started.map(({ member }) => member);
    return new WorkerPool(members, exact, wide ?? await tune(members[0]));
  }

  get members(): readonly PoolWorker[] {
    return this.#members;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Starts a new worker in the place of one that was ended; undefined where the pool is closed meanwhile. */
  async replace(index: number): Promise<PoolWorker | undefined> {
    const { member } = await startWorker(index);
    if (this.#closed) {
      member.worker.terminate();
      return undefined;
    }
    this.#members[index] = member;
    return member;
  }

  close(): void {
    this.#closed = true;
    for (const { worker } of this.#members) worker.terminate();
    this.#members.length = 0;
  }
}

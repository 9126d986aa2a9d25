/**
 * Workers that draw the next epoch while the GPU trains the present one.
 *
 * @module
 */
import type { DrawAnswer } from "./draw_worker.ts";
import type { EpochDraw } from "./epoch_draws.ts";

interface Job {
  readonly draw: EpochDraw;
  readonly resolve: (words: Uint32Array<ArrayBuffer>) => void;
  readonly reject: (error: Error) => void;
}

export class DrawPool {
  readonly #workers: Worker[];
  readonly #idle: Worker[];
  readonly #waiting: Job[] = [];
  readonly #running = new Map<Worker, Job>();

  constructor(readonly size: number) {
    this.#workers = Array.from({ length: size }, (_, index) => {
      const worker = new Worker(new URL("./draw_worker.ts", import.meta.url), {
        type: "module",
        name: `draw-${index}`,
      });
      worker.onmessage = ({ data }: MessageEvent<DrawAnswer>) => {
        const job = this.#running.get(worker);
        this.#running.delete(worker);
        this.#idle.push(worker);
        this.#next();
        if ("words" in data) job?.resolve(data.words);
        else job?.reject(new Error(data.error));
      };
      worker.onerror = (event) => {
        event.preventDefault();
        this.#running.get(worker)?.reject(new Error(`Cannot draw an epoch: ${event.message}`));
      };
      return worker;
    });
    this.#idle = [...this.#workers];
  }

  /** See `drawEpoch`. */
  draw(draw: EpochDraw): Promise<Uint32Array<ArrayBuffer>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ draw, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const worker = this.#idle.pop()!, job = this.#waiting.shift()!;
      this.#running.set(worker, job);
      worker.postMessage(job.draw);
    }
  }

  close(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

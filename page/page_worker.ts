/**
 * A worker of the page, started from its own text.
 *
 * @module
 */
import type { FromWorker, ToWorker } from "./worker/messages.ts";

/** One conversation with a worker. */
export class PageWorker {
  readonly #worker: Worker;

  constructor(script: Uint8Array<ArrayBuffer>, onMessage: (message: FromWorker) => void) {
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    this.#worker = new Worker(url);
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => onMessage(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      onMessage({ type: "failed", message: event.message || "the browser refused to start a worker" });
    };
  }

  post(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  close(): void {
    this.#worker.terminate();
  }
}

/** What a worker of its own answers to questions, the last of them; the worker is ended afterwards. */
export function ask<T extends FromWorker["type"]>(
  script: Uint8Array<ArrayBuffer>,
  questions: readonly ToWorker[],
  answer: T,
  onOther: (message: FromWorker) => void = () => {},
): Promise<FromWorker & { readonly type: T }> {
  return new Promise((resolve, reject) => {
    const worker = new PageWorker(script, (message) => {
      if (message.type === answer) resolve(message as FromWorker & { readonly type: T });
      else if (message.type === "failed") reject(new Error(message.message));
      else return onOther(message);
      worker.close();
    });
    for (const question of questions) worker.post(question);
  });
}

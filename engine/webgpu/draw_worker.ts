/**
 * Draws epochs beside the main thread.
 *
 * @module
 */
import { drawEpoch, type EpochDraw } from "./epoch_draws.ts";

/** What a worker answers to an `EpochDraw`. */
export type DrawAnswer = { readonly words: Uint32Array<ArrayBuffer> } | { readonly error: string };

declare const self: DedicatedWorkerGlobalScope;
interface DedicatedWorkerGlobalScope {
  onmessage: ((event: MessageEvent<EpochDraw>) => void) | null;
  postMessage(answer: DrawAnswer, transfer: Transferable[]): void;
}

self.onmessage = ({ data }) => {
  try {
    const words = drawEpoch(data);
    self.postMessage({ words }, [words.buffer]);
  } catch (error) {
    self.postMessage({ error: error instanceof Error ? error.message : String(error) }, []);
  }
};

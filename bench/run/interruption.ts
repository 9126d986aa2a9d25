/**
 * Hears that a run is to stop: Ctrl-C, a terminal that closes, a job that is ended.
 *
 * @module
 */

/** How often it was asked for, 1 for the first time. */
export type OnInterrupt = (times: number) => void;

/** SIGQUIT too: what it does by itself would leave the cursor hidden and the run marked as running. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/**
 * Within so many milliseconds signals are one wish: a terminal tells every process of a command, and launchers tell
 * theirs again.
 */
export const ONE_WISH_MS = 500;
const WATCH_MS = 1000;

/** Calls back at each wish to stop; the function returned ends that. */
export function listenForInterrupts(callback: OnInterrupt): () => void {
  let times = 0, lastMs = -Infinity;
  const onSignal = () => {
    const nowMs = performance.now(), isSame = nowMs - lastMs < ONE_WISH_MS;
    if (isSame) return;
    lastMs = nowMs;
    callback(++times);
  };
  SIGNALS.forEach((signal) => Deno.addSignalListener(signal, onSignal));
  return () => SIGNALS.forEach((signal) => Deno.removeSignalListener(signal, onSignal));
}

/**
 * Calls back once when the process that started this one is gone: killed outright, it passes nothing on. The function
 * returned ends the watch.
 */
export function watchParent(onGone: () => void): () => void {
  const parent = Deno.ppid;
  const timer = setInterval(() => {
    if (Deno.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, WATCH_MS);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}

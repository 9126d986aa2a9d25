/**
 * Fetches one gzip file from mirrors, checks it, and only then gives it its name.
 *
 * @module
 */
import { DataError, type DownloadProgress, reasonOf } from "./types.ts";

/** What a download needs to know. */
export interface DownloadOptions {
  /** Base addresses, each ending in a slash, tried in turn. */
  readonly mirrors: readonly string[];
  /** Where the file is to lie; made, if it is missing, once there is something to put there. */
  readonly folder: string;
  /** A body longer than this is refused. */
  readonly maxBytes: number;
  /** Throws if the gzip file's content is not the one wanted. */
  readonly verify: (gzip: Uint8Array) => void | Promise<void>;
  readonly onProgress?: DownloadProgress;
  readonly signal?: AbortSignal;
  /** Instead of the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Times that each mirror is tried when it fails in a way that may pass (default 3). */
  readonly attempts?: number;
  /** Wait before the second try, doubled before each further one (default 300 ms). */
  readonly backoffMs?: number;
  /**
   * A mirror of which no byte of the file has come after this long is given up (default 60,000 ms): a proxy that
   * scans files for viruses holds all of it back until it has looked.
   */
  readonly answerMs?: number;
  /** A mirror that then sends nothing more for this long is given up (default 30,000 ms). */
  readonly stallMs?: number;
}

/** Every mirror failed; `reasons` has one entry per mirror, the last thing that happened there. */
export class DownloadError extends DataError {
  constructor(readonly file: string, readonly reasons: readonly string[]) {
    const found = reasons.join(" and ");
    super(
      `Cannot download "${file}": expected it from one of ${reasons.length} mirrors, got ${found}; ` +
        "check the network connection",
    );
  }
}

/** A failure that trying the same mirror again would not change. */
class MirrorUseless extends Error {}

/**
 * Downloads `file` into `options.folder` and returns its path.
 *
 * The body is held in memory, verified, written under a temporary name and renamed, so that a file under its real
 * name is always whole. Mirrors take turns; network errors, statuses 408, 429 and 5xx and short bodies are retried
 * with backoff, anything else (a page instead of a file, a wrong digest, another status, silence) ends that mirror.
 *
 * @throws {DownloadError} If no mirror delivers the file.
 * @throws {DataError} If the folder cannot be written.
 * @throws {DOMException} `AbortError` (or the signal's own reason) when `signal` aborts; no file is left behind.
 */
export async function downloadFile(file: string, options: DownloadOptions): Promise<string> {
  const { folder, signal, attempts = 3, backoffMs = 300 } = options;
  signal?.throwIfAborted();

  const failures = new Map<string, unknown>();
  let mirrors = [...options.mirrors];
  for (let attempt = 0; attempt < attempts && mirrors.length > 0; attempt++) {
    if (attempt > 0) await wait(backoffMs * (1 << (attempt - 1)), signal);
    for (const mirror of mirrors) {
      let gzip: Uint8Array;
      try {
        gzip = await fetchGzip(mirror + file, file, options);
        await verified(gzip, options.verify);
      } catch (error) {
        signal?.throwIfAborted();
        failures.set(mirror, error);
        if (error instanceof MirrorUseless) mirrors = mirrors.filter((other) => other !== mirror);
        continue;
      }
      signal?.throwIfAborted();
      return await store(gzip, folder, file);
    }
  }
  throw new DownloadError(
    file,
    options.mirrors.map((mirror) => `${mirrorReason(failures.get(mirror))} (${new URL(mirror).host})`),
  );
}

async function fetchGzip(url: string, file: string, options: DownloadOptions): Promise<Uint8Array> {
  const { onProgress, signal, maxBytes, answerMs = 60_000, stallMs = 30_000 } = options;
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expectWithin = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new MirrorUseless(`nothing for ${ms / 1000} s`)), ms);
  };
  expectWithin(answerMs);
  onProgress?.(file, 0, undefined);
  try {
    const response = await (options.fetch ?? fetch)(url, {
      // Without this a server may compress the gzip file again, and Content-Length would mean something else.
      headers: { "accept-encoding": "identity" },
      signal: signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]),
    });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      const message = `status ${response.status}`;
      const mayPass = response.status === 408 || response.status === 429 || response.status >= 500;
      throw mayPass ? new Error(message) : new MirrorUseless(message);
    }
    const totalBytes = contentLength(response);
    const chunks: Uint8Array[] = [];
    let receivedBytes = 0;
    let begun = false;
    for await (const chunk of response.body) {
      expectWithin(stallMs);
      chunks.push(chunk);
      receivedBytes += chunk.length;
      if (receivedBytes > maxBytes) {
        throw new MirrorUseless(`more than the ${maxBytes} bytes that the file can have`);
      }
      if (!begun && receivedBytes >= 2) {
        refuseOtherThanGzip(concatenate(chunks));
        begun = true;
      }
      onProgress?.(file, receivedBytes, totalBytes);
    }
    if (totalBytes !== undefined && receivedBytes !== totalBytes) {
      throw new Error(`${receivedBytes} of ${totalBytes} bytes`);
    }
    if (receivedBytes === 0) throw new Error("an empty body");
    return concatenate(chunks);
  } catch (error) {
    // What an aborted fetch throws differs between the request and the body: name the silence itself.
    if (silence.signal.aborted) throw silence.signal.reason;
    throw error instanceof Deno.errors.NotCapable ? forbidden(url, error) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** A host that this program may not reach: `fetch` follows redirects, for which no permission was asked. */
function forbidden(url: string, error: Error): MirrorUseless {
  const host = /net access to "([^"]*)"/.exec(error.message)?.[1] ?? "another host";
  const isRedirect = host.replace(/:\d+$/, "") !== new URL(url).hostname;
  return new MirrorUseless(
    isRedirect
      ? `a redirect to "${host}", which this program has no permission to reach (--allow-net)`
      : "no permission to reach it (--allow-net)",
  );
}

/** `fetch` puts the address first, which the caller names anyway. */
function mirrorReason(error: unknown): string {
  return reasonOf(error).replace(/^error sending request for url \([^)]*\): /, "");
}

function contentLength(response: Response): number | undefined {
  const header = response.headers.get("content-length");
  // An encoded body has been decoded by `fetch`, so its length is not the header's.
  if (header === null || response.headers.has("content-encoding")) return undefined;
  return /^\d+$/.test(header) ? Number(header) : undefined;
}

function refuseOtherThanGzip(start: Uint8Array): void {
  if (start[0] === 0x1f && start[1] === 0x8b) return;
  const text = new TextDecoder("latin1").decode(start.subarray(0, 24)).replace(/[^\x20-\x7e]+/g, " ").trim();
  const isPage = text.startsWith("<");
  throw new MirrorUseless(`${isPage ? "a web page" : "no gzip file"} ("${text}…")`);
}

async function verified(gzip: Uint8Array, verify: DownloadOptions["verify"]): Promise<void> {
  try {
    await verify(gzip);
  } catch (error) {
    throw new MirrorUseless(`a wrong file (${reasonOf(error)})`);
  }
}

async function store(bytes: Uint8Array, folder: string, file: string): Promise<string> {
  const path = `${folder}/${file}`;
  // Unique, so that two processes that download at once do not write into each other's file.
  const temporary = `${path}.${crypto.randomUUID()}.part`;
  await writing(path, async () => {
    await Deno.mkdir(folder, { recursive: true });
    try {
      await Deno.writeFile(temporary, bytes, { createNew: true });
      await Deno.rename(temporary, path);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {}); // the first error is the one to show
      throw error;
    }
  });
  return path;
}

async function writing(path: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    throw new DataError(
      `Cannot write "${path}": expected a folder that can be written, got "${reasonOf(error)}"; ` +
        "pass --data with a folder that holds MNIST",
    );
  }
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

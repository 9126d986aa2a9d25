import assert from "node:assert/strict";
import { gunzipSync, gzipSync } from "node:zlib";
import { DownloadError, downloadFile, type DownloadOptions } from "../../data/download.ts";
import { DataError } from "../../data/types.ts";

const CONTENT = new TextEncoder().encode("the digits ".repeat(20_000));
const GZIP: Uint8Array<ArrayBuffer> = Uint8Array.from(gzipSync(CONTENT));
const FILE = "digits.gz";

function verify(gzip: Uint8Array): void {
  // Not deepEqual(): its report of a difference would be as long as the content.
  assert.ok(gunzipSync(gzip).equals(CONTENT), "other content");
}

type Answer = (request: Request, visit: number) => Response | Promise<Response>;

/** Runs `test` with local mirrors that give these answers, and an empty folder; `visits` counts their requests. */
async function withMirrors(
  answers: readonly Answer[],
  test: (context: {
    readonly folder: string;
    readonly visits: number[];
    readonly options: DownloadOptions;
  }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const visits = answers.map(() => 0);
  const servers = answers.map((answer, index) =>
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      visits[index]++;
      return answer(request, visits[index]);
    })
  );
  const mirrors = servers.map((server) => `http://127.0.0.1:${server.addr.port}/mnist/`);
  try {
    await test({ folder, visits, options: { mirrors, folder, maxBytes: 1_000_000, verify, backoffMs: 5 } });
  } finally {
    await Promise.all(servers.map((server) => server.shutdown()));
    await Deno.remove(folder, { recursive: true });
  }
}

const whole: Answer = () => new Response(GZIP);
const unavailable: Answer = () => new Response("later", { status: 503 });

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name);
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.ok(!error.message.includes("\n"));
    return error;
  }
  assert.fail("expected a rejection");
}

Deno.test("downloadFile() stores the file under its name, makes the folder and reports progress", async () => {
  await withMirrors([whole], async ({ folder, options }) => {
    const reports: [string, number, number | undefined][] = [];
    const deeper = `${folder}/data/cache`;
    const path = await downloadFile(FILE, {
      ...options,
      folder: deeper,
      onProgress: (...report) => reports.push(report),
    });
    assert.equal(path, `${deeper}/${FILE}`);
    assert.deepEqual(await Deno.readFile(path), GZIP);
    assert.deepEqual(namesIn(deeper), [FILE]);
    assert.deepEqual(reports.at(-1), [FILE, GZIP.length, GZIP.length]);
  });
});

Deno.test("downloadFile() asks for the file below the mirror's address", async () => {
  let path = "";
  const answer: Answer = (request) => {
    path = new URL(request.url).pathname;
    return new Response(GZIP);
  };
  await withMirrors([answer], async ({ options }) => {
    await downloadFile(FILE, options);
    assert.equal(path, `/mnist/${FILE}`);
  });
});

Deno.test("downloadFile() takes a body whose length the server does not say", async () => {
  const chunked: Answer = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(GZIP.subarray(0, 1)); // too short to show whether it is gzip
          controller.enqueue(GZIP.subarray(1));
          controller.close();
        },
      }),
    );
  await withMirrors([chunked], async ({ options }) => {
    const totals = new Set<number | undefined>();
    await downloadFile(FILE, { ...options, onProgress: (_file, _received, total) => totals.add(total) });
    assert.deepEqual([...totals], [undefined]);
  });
});

Deno.test("downloadFile() tries again after a failure that may pass", async () => {
  const third: Answer = (request, visit) => visit < 3 ? unavailable(request, visit) : whole(request, visit);
  await withMirrors([third], async ({ visits, options }) => {
    await downloadFile(FILE, options);
    assert.deepEqual(visits, [3]);
  });
});

Deno.test("downloadFile() takes the second mirror when the first fails", async () => {
  await withMirrors([unavailable, whole], async ({ visits, options }) => {
    await downloadFile(FILE, options);
    assert.deepEqual(visits, [1, 1]);
  });
});

Deno.test("downloadFile() gives up a mirror that answers 404", async () => {
  const missing: Answer = () => new Response("no", { status: 404 });
  await withMirrors([missing, unavailable], async ({ folder, visits, options }) => {
    const error = await rejection(downloadFile(FILE, options));
    assert.ok(error instanceof DownloadError);
    assert.match(error.reasons[0], /^status 404 \(127\.0\.0\.1:\d+\)$/);
    assert.match(error.reasons[1], /^status 503 /);
    assert.deepEqual(visits, [1, 3]);
    assert.deepEqual(namesIn(folder), []);
  });
});

Deno.test("downloadFile() refuses a web page and shows its beginning", async () => {
  const page: Answer = () =>
    new Response("<!DOCTYPE html>\n<html>Log in</html>", { headers: { "content-type": "text/html" } });
  await withMirrors([page], async ({ folder, visits, options }) => {
    const error = await rejection(downloadFile(FILE, options));
    assert.match(
      error.message,
      /^Cannot download "digits\.gz": .*a web page \("<!DOCTYPE html> <html>Lo…"\)/,
    );
    assert.deepEqual(visits, [1]);
    assert.deepEqual(namesIn(folder), []);
  });
});

Deno.test("downloadFile() refuses a file that fails verification, and takes the right one elsewhere", async () => {
  const wrong: Answer = () => new Response(Uint8Array.from(gzipSync("other digits")));
  await withMirrors([wrong, whole], async ({ visits, options }) => {
    const path = await downloadFile(FILE, options);
    assert.deepEqual(await Deno.readFile(path), GZIP);
    assert.deepEqual(visits, [1, 1]);
  });
  await withMirrors([wrong], async ({ folder, options }) => {
    const error = await rejection(downloadFile(FILE, options));
    assert.match(error.message, /got a wrong file \(other content\) \(127/);
    assert.deepEqual(namesIn(folder), []);
  });
});

Deno.test("downloadFile() refuses a body that is cut, empty or too long", async () => {
  const half = GZIP.subarray(0, GZIP.length >> 1);
  const cut: Answer = () => {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(half);
        controller.close();
      },
    });
    return new Response(stream, { headers: { "content-length": String(GZIP.length) } });
  };
  await withMirrors([cut], async ({ folder, visits, options }) => {
    assert.ok(await rejection(downloadFile(FILE, options)) instanceof DownloadError);
    assert.deepEqual(visits, [3]);
    assert.deepEqual(namesIn(folder), []);
  });
  await withMirrors([() => new Response(new Uint8Array(0))], async ({ folder, options }) => {
    assert.match((await rejection(downloadFile(FILE, options))).message, /got an empty body \(/);
    assert.deepEqual(namesIn(folder), []);
  });
  await withMirrors([whole], async ({ folder, options }) => {
    const error = await rejection(downloadFile(FILE, { ...options, maxBytes: 100 }));
    assert.match(error.message, /got more than the 100 bytes that the file can have \(/);
    assert.deepEqual(namesIn(folder), []);
  });
});

Deno.test("downloadFile() compares the received bytes with Content-Length", async () => {
  // An injected `fetch`, because a real one notices this itself.
  const short = () => Promise.resolve(new Response(GZIP, { headers: { "content-length": "999999" } }));
  await withMirrors([], async ({ options }) => {
    const mirrors = ["https://mirror.invalid/"];
    const error = await rejection(downloadFile(FILE, { ...options, mirrors, fetch: short }));
    assert.match(error.message, new RegExp(`got ${GZIP.length} of 999999 bytes \\(mirror\\.invalid\\);`));
  });
});

Deno.test("downloadFile() names every mirror that cannot be reached, on one line", async () => {
  await withMirrors([whole], async ({ folder, options }) => {
    const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const mirror = `http://127.0.0.1:${closed.addr.port}/`;
    closed.close();
    const error = await rejection(downloadFile(FILE, { ...options, mirrors: [mirror] }));
    assert.ok(error instanceof DataError);
    assert.match(error.message, new RegExp(`refused.* \\(127\\.0\\.0\\.1:${closed.addr.port}\\);`));
    assert.deepEqual(namesIn(folder), []);
  });
});

Deno.test("downloadFile() gives up a mirror that goes silent and takes the next", async () => {
  const silent: Answer = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(GZIP.subarray(0, 100));
        },
      }),
    );
  await withMirrors([silent, whole], async ({ visits, options }) => {
    await downloadFile(FILE, { ...options, stallMs: 100 });
    assert.deepEqual(visits, [1, 1]);
  });
  await withMirrors([silent], async ({ options }) => {
    const error = await rejection(downloadFile(FILE, { ...options, stallMs: 100 }));
    assert.match(error.message, /got nothing for 0\.1 s \(/);
  });
});

Deno.test("downloadFile() gives up a mirror that does not answer", async () => {
  const never: Answer = () => new Promise((resolve) => setTimeout(() => resolve(new Response(GZIP)), 300));
  await withMirrors([never, whole], async ({ visits, options }) => {
    await downloadFile(FILE, { ...options, answerMs: 50 });
    assert.deepEqual(visits, [1, 1]);
  });
});

Deno.test("downloadFile() waits a minute for the first byte of a file, and not for long after it", async () => {
  // A proxy that scans answers at once and sends the body late.
  const late: Answer = () =>
    new Response(
      new ReadableStream({
        async start(controller) {
          await new Promise((resolve) => setTimeout(resolve, 250));
          controller.enqueue(GZIP);
          controller.close();
        },
      }),
    );
  await withMirrors([late], async ({ visits, options }) => {
    await downloadFile(FILE, { ...options, stallMs: 50 });
    assert.deepEqual(visits, [1]);
  });
  // The person is told before that minute begins.
  await withMirrors([late], async ({ options }) => {
    const begun = performance.now();
    const first = Promise.withResolvers<[number, number]>();
    const onProgress = (_file: string, received: number) =>
      first.resolve([received, performance.now() - begun]);
    const downloading = downloadFile(FILE, { ...options, onProgress });
    const [received, ms] = await first.promise;
    assert.ok(received === 0 && ms < 200, `${received} bytes after ${ms} ms`);
    await downloading;
  });
  const waits: number[] = [];
  const setting = globalThis.setTimeout;
  try {
    globalThis.setTimeout = ((action: () => void, ms: number) => {
      waits.push(ms);
      return setting(action, ms);
    }) as typeof setTimeout;
    const fetchWhole = () => Promise.resolve(new Response(GZIP));
    await withMirrors([], async ({ options }) => {
      await downloadFile(FILE, { ...options, mirrors: ["https://mirror.invalid/"], fetch: fetchWhole });
    });
  } finally {
    globalThis.setTimeout = setting;
  }
  assert.equal(waits[0], 60_000);
});

Deno.test("downloadFile() names a redirect to a host that it has no permission to reach", async () => {
  const other: Answer = () => Response.redirect("http://proxy.invalid/scan?file=digits.gz");
  await withMirrors([other, whole], async ({ visits, options }) => {
    await downloadFile(FILE, options);
    assert.deepEqual(visits, [1, 1]);
  });
  await withMirrors([other], async ({ visits, options }) => {
    const error = await rejection(downloadFile(FILE, options));
    assert.match(
      error.message,
      /got a redirect to "proxy\.invalid[:\d]*", which this program has no permission to reach \(--allow-net\) \(127/,
    );
    assert.deepEqual(visits, [1], "another try would not change it");
  });
});

Deno.test("downloadFile() stops when aborted, during a body and between tries, and leaves nothing", async () => {
  const endless: Answer = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(GZIP.subarray(0, 100));
        },
      }),
    );
  await withMirrors([endless], async ({ folder, visits, options }) => {
    const stop = new AbortController();
    const error = await rejection(
      downloadFile(FILE, {
        ...options,
        signal: stop.signal,
        onProgress: (_file, received) => received > 0 && stop.abort(),
      }),
    );
    assert.equal(error.name, "AbortError");
    assert.deepEqual(visits, [1]);
    assert.deepEqual(namesIn(folder), []);
  });
  await withMirrors([unavailable], async ({ visits, options }) => {
    const stop = new AbortController();
    const downloading = downloadFile(FILE, { ...options, signal: stop.signal, backoffMs: 60_000 });
    setTimeout(() => stop.abort(), 50);
    assert.equal((await rejection(downloading)).name, "AbortError");
    assert.deepEqual(visits, [1]);
  });
});

Deno.test("downloadFile() names a folder that cannot be written", async () => {
  await withMirrors([whole], async ({ folder, options }) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const error = await rejection(downloadFile(FILE, { ...options, folder: `${folder}/file/cache` }));
    assert.ok(error instanceof DataError && !(error instanceof DownloadError));
    assert.match(error.message, /^Cannot write ".*\/file\/cache\/digits\.gz": /);
  });
});

/**
 * Real browsers, opened on a page that says what it found: where they are, and how one visits.
 *
 * A page is served from this machine with the headers that shared memory asks for, and answers by posting to `/said`;
 * so any browser serves that can be started with an address, and none needs to be driven.
 *
 * @module
 */
import { join } from "node:path";

/** Browsers by the engine that runs their programs. */
export type BrowserName = "chromium" | "firefox";

/** Programs that are such a browser, in the order in which they are looked for on the PATH. */
const PROGRAMS: Readonly<Record<BrowserName, readonly string[]>> = {
  chromium: ["chromium", "chromium-browser", "google-chrome", "chrome"],
  firefox: ["firefox-esr", "firefox"],
};

/** The path of the browser on this machine; undefined where there is none. */
export function findBrowser(name: BrowserName): string | undefined {
  for (const program of PROGRAMS[name]) {
    for (const folder of (Deno.env.get("PATH") ?? "").split(":").filter(Boolean)) {
      const path = join(folder, program);
      try {
        if (Deno.statSync(path).isFile) return path;
      } catch {
        // not here
      }
    }
  }
  return undefined;
}

/** What starts a browser without a window, on a profile of its own. */
function argumentsOf(name: BrowserName, profile: string, address: string): string[] {
  return name === "firefox"
    ? ["--headless", "--no-remote", "--profile", profile, address]
    // a container's root has no sandbox
    : [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      `--user-data-dir=${profile}`,
      address,
    ];
}

/** A file of the page: its text, and what kind it is. */
export interface ServedFile {
  readonly type: "text/html" | "text/javascript";
  readonly text: string;
}

/**
 * Opens `/` of these files in a browser; resolves to what the page posts to `/said`.
 *
 * @throws {Error} If it says nothing in time.
 */
export async function visit(
  { name, program }: { readonly name: BrowserName; readonly program: string },
  { files, patienceMs }: {
    readonly files: Readonly<Record<string, ServedFile>>;
    readonly patienceMs: number;
  },
): Promise<string> {
  const said = Promise.withResolvers<string>();
  const headers = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST" && pathname === "/said") {
      said.resolve(await request.text());
      return new Response(null, { status: 204, headers });
    }
    const file = Object.hasOwn(files, pathname) ? files[pathname] : undefined;
    if (file === undefined) return new Response("not here", { status: 404, headers });
    return new Response(file.text, {
      headers: { ...headers, "Content-Type": `${file.type}; charset=utf-8` },
    });
  });
  const profile = await Deno.makeTempDir({ prefix: "under20k-browser-" });
  const address = `http://127.0.0.1:${server.addr.port}/`;
  const browser = new Deno.Command(program, {
    args: argumentsOf(name, profile, address),
    // it writes below its home what has no place in the profile
    env: { HOME: profile, MOZ_CRASHREPORTER_DISABLE: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(
    () => said.reject(new Error(`${name} said nothing in ${patienceMs / 1000} s`)),
    patienceMs,
  );
  const { status } = browser;
  status.then(({ code }) => said.reject(new Error(`${name} ended with code ${code} and said nothing`)));
  try {
    return await said.promise;
  } finally {
    clearTimeout(timer);
    try {
      browser.kill("SIGTERM");
    } catch {
      // it has ended already
    }
    await status;
    await server.shutdown();
    await removeFolder(profile);
  }
}

/** A browser's other processes may still write for a moment. */
async function removeFolder(folder: string): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

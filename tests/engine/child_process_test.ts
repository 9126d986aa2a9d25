import { deepEqual, equal, match, ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Child, parent, readMessages } from "../../engine/child_process.ts";

/** Run as a program, this file answers every message with itself, but for a few words. */
async function answer(): Promise<void> {
  const { send, messages } = parent<unknown, unknown>();
  console.log("what is printed is no message");
  for await (const message of messages()) {
    if (message === "throw") throw new Error("as was asked");
    if (message === "pid") send(Deno.pid);
    else if (message === "permissions") send(Deno.permissions.querySync({ name: "write" }).state);
    else send(message);
  }
}

if (import.meta.main) await answer();

const SELF = fileURLToPath(import.meta.url);

Deno.test("a Child gives back what it was sent, of any size, in order", async () => {
  const child = new Child<unknown, unknown>(["--allow-read", SELF]);
  const messages = child.messages();
  try {
    const sent = [
      { text: "ü", number: NaN, nothing: undefined, list: [Float32Array.of(1.5, -0), Uint8Array.of(1, 2)] },
      // larger than what a pipe holds
      new Uint8Array(3_000_000).map((_, i) => i),
      "last",
    ];
    for (const message of sent) child.send(message);
    for (const message of sent) deepEqual((await messages.next()).value, message);
    child.send("permissions");
    ok((await messages.next()).value !== "granted");
  } finally {
    child.kill();
  }
  await child.end();
});

Deno.test("a Child that breaks ends its messages and says why", async () => {
  const child = new Child<unknown, unknown>(["--allow-read", SELF]);
  child.send("throw");
  equal((await child.messages().next()).done, true);
  const { code, errors } = await child.end();
  equal(code, 1);
  match(errors, /as was asked/);
});

Deno.test("a Child ends when it is killed", async () => {
  const child = new Child<unknown, unknown>(["--allow-read", SELF]);
  child.kill();
  ok((await child.end()).code !== 0);
});

Deno.test("a Child ends with who started it", async () => {
  // a program that starts a child, says who that is, and is killed
  const program = `
    import { Child } from ${JSON.stringify(new URL("../../engine/child_process.ts", import.meta.url).href)};
    const child = new Child(["--allow-read", ${JSON.stringify(SELF)}]);
    child.send("pid");
    console.log((await child.messages().next()).value);
    setInterval(() => {}, 1000);
  `;
  const starter = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-run",
      "--allow-read",
      `data:application/typescript,${encodeURIComponent(program)}`,
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = starter.stdout.getReader();
  const pid = new TextDecoder().decode((await reader.read()).value).trim();
  const isRunning = () => {
    const { stdout } = new Deno.Command("ps", { args: ["-p", pid, "-o", "stat="] }).outputSync();
    // a zombie waits for nobody but the system
    return /^[^Z]/.test(new TextDecoder().decode(stdout).trim());
  };
  ok(isRunning());
  starter.kill("SIGKILL");
  await starter.status;
  await reader.cancel();
  for (let tries = 0; tries < 100 && isRunning(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  ok(!isRunning());
});

Deno.test("readMessages() leaves out a message that was torn off", async () => {
  const whole = Uint8Array.of(5, 0, 0, 0, 1, 2);
  const stream = ReadableStream.from([whole.subarray(0, 3), whole.subarray(3)]);
  deepEqual(await Array.fromAsync(readMessages(stream)), []);
});

Deno.test("a Child that may not be started says what is needed", async () => {
  const program = `
    import { Child } from ${JSON.stringify(new URL("../../engine/child_process.ts", import.meta.url).href)};
    try { new Child([]); } catch (error) { console.log(error.message); }
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-read",
      `data:application/typescript,${encodeURIComponent(program)}`,
    ],
    stderr: "null",
  }).output();
  match(
    new TextDecoder().decode(stdout),
    /^Cannot start a process: expected the command "deno" on the PATH and the permission to run it, got /,
  );
});

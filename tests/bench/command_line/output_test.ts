/**
 * @file What becomes of text where its place takes none for a while, or no more.
 */
import assert from "node:assert/strict";
import { realStreams } from "../../../bench/command_line/output.ts";

/** Writes with a standard output that does in turn what `turns` say: take so many bytes at most, or throw. */
function write(text: string, turns: readonly (number | Error)[]) {
  const { writeSync } = Deno.stdout, taken: number[] = [];
  let turn = 0;
  Deno.stdout.writeSync = (bytes) => {
    const does = turns[turn++] ?? bytes.length;
    if (does instanceof Error) throw does;
    const part = bytes.subarray(0, does);
    taken.push(...part);
    return part.length;
  };
  try {
    const { out } = realStreams();
    out.write(text);
    return { taken: new TextDecoder().decode(Uint8Array.from(taken)), failure: out.failure?.() };
  } finally {
    Deno.stdout.writeSync = writeSync;
  }
}

Deno.test("text waits for a full pipe that does not block, and is lost only where its place takes no more", () => {
  const full = new Deno.errors.WouldBlock("Resource temporarily unavailable (os error 11)");
  assert.deepEqual(write("a long text", [4, full, full, 3]), { taken: "a long text", failure: undefined });
  const { taken, failure } = write("a long text", [4, new Error("No space left on device")]);
  assert.equal(taken, "a lo");
  assert.match(failure ?? "", /got "No space left on device"; free the disk or write elsewhere/);
  // whoever read along has left
  assert.equal(write("a long text", [new Deno.errors.BrokenPipe()]).failure, undefined);
});

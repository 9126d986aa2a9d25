import assert from "node:assert/strict";
import { wrap } from "../../../bench/command_line/wrap.ts";

Deno.test("wrap() breaks between words, keeps lines apart and counts no colours", () => {
  assert.equal(wrap("one two three\nfour", { width: 8 }), "one two\nthree\nfour");
  assert.equal(wrap("\x1b[1mone\x1b[0m  two", { width: 8 }), "\x1b[1mone\x1b[0m  two");
  assert.equal(wrap("one two", {}), "one two");
});

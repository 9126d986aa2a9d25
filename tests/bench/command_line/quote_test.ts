import assert from "node:assert/strict";
import { UsageError } from "../../../bench/command_line/errors.ts";
import { quote, quoteApart, visible } from "../../../bench/command_line/quote.ts";

Deno.test("visible() shows what cannot be seen by its code point and leaves the rest alone", () => {
  assert.equal(visible("99.4 % ± 0.1, ✓ é 数 🙂"), "99.4 % ± 0.1, ✓ é 数 🙂");
  assert.equal(visible("a\rb\tc\x1b[1m"), "a\\u{D}b\\u{9}c\\u{1B}[1m");
  assert.equal(
    visible("\ufeffa\u200bb\u00a0c\u202ed\u2028"),
    "\\u{FEFF}a\\u{200B}b\\u{A0}c\\u{202E}d\\u{2028}",
  );
  assert.equal(visible("\ud800"), "\\u{D800}");
});

Deno.test("quoteApart() never shows two texts alike that differ", () => {
  const pairs: [string, string][] = [
    ["bench", "bench\r"],
    ["bench", "b\u0435nch"], // a Cyrillic е
    ["caf\u00e9", "cafe\u0301"],
    ["a b", "a\u00a0b"],
    ["1 - 2", "1 \u2212 2"],
    ["\u2212", "\u2013"],
    ["x".repeat(500) + "1", "x".repeat(500) + "2"],
  ];
  for (const [one, other] of pairs) {
    for (const [a, b] of [[one, other], [other, one]]) {
      const { wanted, got } = quoteApart(a, b);
      assert.notEqual(wanted, got);
      // what is beyond ASCII and not shared is spelled out
      assert.match(wanted + got, /^[ -~…]*$/);
    }
  }
  assert.deepEqual(quoteApart("± 1", "± 2"), { wanted: '"± 1"', got: '"± 2"' });
});

Deno.test("quote() cuts long texts", () => {
  assert.equal(quote("y".repeat(161)), `"${"y".repeat(160)}…"`);
});

Deno.test("UsageError is one line without control characters", () => {
  assert.equal(
    new UsageError("Cannot a:\n  b \x1b]0;title\x07").message,
    "Cannot a: b \\u{1B}]0;title\\u{7}",
  );
});

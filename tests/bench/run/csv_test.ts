import assert from "node:assert/strict";
import { formatCsv, formatHeader, formatRows, parseCsv } from "../../../bench/run/csv.ts";

const COLUMNS = { seed: "number", loss: "number?", note: "text?" } as const;
const NAME = "x.csv";

Deno.test("formatCsv() and parseCsv() are each other's inverse, to the last bit", () => {
  const rows = [
    { seed: 0, loss: 0.1 + 0.2, note: 'a "quoted", text' },
    { seed: 4294967295, loss: 5e-324, note: undefined },
    { seed: 1, loss: undefined, note: "=1+1" },
    { seed: 2, loss: Infinity, note: undefined },
    { seed: 3, loss: NaN, note: undefined },
  ];
  const text = formatCsv(COLUMNS, rows);
  assert.deepEqual(parseCsv(COLUMNS, text, { name: NAME }), rows);
  assert.equal(text.split("\n")[1], '0,0.30000000000000004,"a ""quoted"", text"');
});

Deno.test("parseCsv() repairs every tear of the last line, and no other", () => {
  const first = formatRows(COLUMNS, [{ seed: 1, loss: 0.5, note: undefined }]);
  const last = formatRows(COLUMNS, [{ seed: 12, loss: 0.25, note: "a, b" }]);
  const whole = formatHeader(COLUMNS) + first + last;
  for (let length = whole.length - 1; length >= whole.length - last.length; length--) {
    const rows = parseCsv(COLUMNS, whole.slice(0, length), { name: NAME, repair: true });
    assert.deepEqual(rows, [{ seed: 1, loss: 0.5, note: undefined }], `${length} of ${whole.length}`);
  }
  assert.equal(parseCsv(COLUMNS, whole, { name: NAME, repair: true }).length, 2);
  assert.deepEqual(parseCsv(COLUMNS, "seed,lo", { name: NAME, repair: true }), []);
  assert.deepEqual(parseCsv(COLUMNS, "", { name: NAME, repair: true }), []);
  // A line of zeros, as some file systems leave after a power cut.
  assert.equal(parseCsv(COLUMNS, whole + "\0\0\0\n", { name: NAME, repair: true }).length, 2);
  assert.throws(
    () => parseCsv(COLUMNS, formatHeader(COLUMNS) + "1,0.\n" + last, { name: NAME, repair: true }),
    /Cannot read "x.csv" line 2: expected 3 cells, got "1,0\."/,
  );
});

Deno.test("parseCsv() names the line and column of what it cannot read", () => {
  const read = (body: string) => () => parseCsv(COLUMNS, body, { name: NAME });
  assert.throws(read("seed,loss\n"), /line 1: expected the columns "seed,loss,note", got "seed,loss"/);
  assert.throws(read("seed,loss,note\n1,x,\n"), /line 2: expected a number in column "loss", got "1,x,"/);
  assert.throws(read("seed,loss,note\n,1,\n"), /line 2: expected a number in column "seed"/);
  for (const cell of ["0x10", "0b1", " ", " 1", "1_0", "1e", "-", "infinite"]) {
    assert.throws(read(`seed,loss,note\n1,${cell},\n`), /line 2: expected a number in column "loss"/, cell);
  }
  for (
    const [cell, loss] of [["1E-05", 1e-5], ["+.5", 0.5], ["-2.", -2], ["-Infinity", -Infinity]] as const
  ) {
    assert.deepEqual(read(`seed,loss,note\n1,${cell},\n`)(), [{ seed: 1, loss, note: undefined }]);
  }
  assert.throws(read("seed,loss,note\n1,1,"), /line 2: expected a whole line, got "1,1,"/);
  assert.throws(read('seed,loss,note\n1,1,"a\n'), /line 2: expected 3 cells/);
});

Deno.test("parseCsv() reads CR LF and a byte-order mark without loss, torn last lines included", () => {
  const rows = [{ seed: 1, loss: 0.5, note: "a, b" }, { seed: 2, loss: undefined, note: undefined }];
  const text = "\ufeff" + formatCsv(COLUMNS, rows).replaceAll("\n", "\r\n");
  assert.deepEqual(parseCsv(COLUMNS, text, { name: NAME }), rows);
  for (let length = text.length - 1; length > text.length - "2,,\r\n".length; length--) {
    assert.deepEqual(
      parseCsv(COLUMNS, text.slice(0, length), { name: NAME, repair: true }),
      rows.slice(0, 1),
    );
  }
});

Deno.test("parseCsv() never quotes two headers that look alike", () => {
  const read = (header: string) => () => parseCsv(COLUMNS, `${header}\n`, { name: NAME });
  assert.throws(read("seed,loss,note\u200b"), /got "seed,loss,note\\u\{200B\}"$/);
  assert.throws(read("seed,loss,n\u043ete"), /got "seed,loss,n\\u\{43E\}te"$/);
  assert.throws(read("seed,loss,note\r\r"), /got "seed,loss,note\\u\{D\}"$/);
});

Deno.test("parseCsv() refuses a line of a megabyte at once, and text that would move the cursor", () => {
  const start = performance.now();
  for (const line of ["x".repeat(1e6), ",".repeat(1e6), `"${"x".repeat(1e6)}"`]) {
    assert.throws(
      () => parseCsv(COLUMNS, `${formatHeader(COLUMNS)}${line}\n`, { name: NAME }),
      /line 2: expected 3 cells in at most 65536 characters, got "[x,"]{160}…"$/,
    );
  }
  // csv-parse alone takes 1.5 s for these
  assert.ok(performance.now() - start < 300);
  assert.throws(
    () => parseCsv(COLUMNS, `${formatHeader(COLUMNS)}1,1,\x1b[2Jgone\n`, { name: NAME }),
    /expected text that can be seen in column "note", got "1,1,\\u\{1B\}\[2Jgone"$/,
  );
});

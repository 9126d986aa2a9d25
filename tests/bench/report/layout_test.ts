import assert from "node:assert/strict";
import { layOut } from "../../../bench/report/layout.ts";
import { columns, type Table } from "../../../bench/report/report.ts";

const TABLE: Table = {
  columns: columns("> n", "> Accuracy", "> Optimistic", "Verdict"),
  rows: [["1", "99.40", "99.50", "met"], ["12", "98", "99", "failed: it is too low by far"]],
};
const plain = (width?: number) => ({ color: false, width });

Deno.test("layOut() aligns columns, and cuts nothing where nobody's screen is narrow", () => {
  assert.equal(
    layOut(TABLE, plain()),
    ` n  Accuracy  Optimistic  Verdict
 1     99.40       99.50  met
12        98          99  failed: it is too low by far`,
  );
});

Deno.test("layOut() leaves out what may go first, then breaks words' columns, and says so", () => {
  assert.equal(
    layOut(TABLE, plain(42), ["Optimistic", "Accuracy"]),
    ` n  Accuracy  Verdict
 1     99.40  met
12        98  failed: it is too low by far
No room for Optimistic.`,
  );
  assert.equal(
    layOut(TABLE, plain(30), ["Optimistic"]),
    ` n  Accuracy  Verdict
 1     99.40  met
12        98  failed: it is
              too low by far
No room for Optimistic.`,
  );
});

Deno.test("layOut() breaks titles between words before it leaves a column out", () => {
  const table: Table = {
    columns: columns("Name", "> Published best [%]", "> Measured final [%]"),
    rows: [["a", "99.40", "99.41 ± 0.02"]],
  };
  assert.equal(layOut(table, plain(44)).split("\n").length, 2);
  assert.equal(
    layOut(table, plain(43), ["Published best [%]"]),
    `Name  Published      Measured
       best [%]     final [%]
a         99.40  99.41 ± 0.02`,
  );
  assert.match(layOut(table, plain(28), ["Published best [%]"]), /\nNo room for Published best\n\[%\]\.$/);
});

Deno.test("layOut() makes no line wider than the screen at any usual width", () => {
  for (let width = 30; width < 70; width++) {
    for (const line of layOut(TABLE, plain(width), ["Optimistic"]).split("\n")) {
      assert.ok(line.length <= width, `${width}: ${line}`);
    }
  }
});

Deno.test("layOut() cuts a word that has no room, after a slash or hyphen where there is one", () => {
  const table: Table = {
    columns: columns("Name", "> n"),
    rows: [["somebody/small-networks-of-all-kinds S5", "1"], ["anunbrokenword", "12"]],
  };
  assert.equal(
    layOut(table, plain(16)),
    `Name           n
somebody/      1
small-
networks-of-
all-kinds S5
anunbrokenwo  12
rd`,
  );
});

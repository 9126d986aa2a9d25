import assert from "node:assert/strict";
import { join } from "node:path";
import { checkFiles, updateFiles } from "../../../bench/report/published_files.ts";
import { withFolder } from "../fixtures.ts";

Deno.test("updateFiles() leaves a file whole where the disk is full", () =>
  withFolder((folder) => {
    const path = join(folder, "README.md");
    Deno.writeTextFileSync(path, "old");
    const writing = Deno.FsFile.prototype.writeSync;
    try {
      let isFirst = true;
      // A part is written before the disk is full.
      Deno.FsFile.prototype.writeSync = function (bytes) {
        if (!isFirst) throw new Error("No space left on device");
        isFirst = false;
        return writing.call(this, bytes.subarray(0, 3));
      };
      assert.throws(() => updateFiles([{ path, text: "new text" }], () => {}), /No space left/);
    } finally {
      Deno.FsFile.prototype.writeSync = writing;
    }
    assert.equal(Deno.readTextFileSync(path), "old");
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["README.md"]);
    updateFiles([{ path, text: "new text" }], () => {});
    assert.equal(Deno.readTextFileSync(path), "new text");
  }));

Deno.test("checkFiles() shows what cannot be seen by its code point", () =>
  withFolder((folder) => {
    const path = join(folder, "a.md"), lines: string[] = [];
    Deno.writeTextFileSync(path, "one\ntwo\u00a0words\n");
    checkFiles([{ path, text: "one\ntwo words\n" }], { write: (text) => lines.push(text), command: "c" });
    assert.equal(lines[0], `${path} line 2: expected "two words", got "two\\u{A0}words"`);
  }));

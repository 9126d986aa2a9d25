import assert from "node:assert/strict";
import { join } from "node:path";
import { readBytesIfThere, readIfThere, writeWhole } from "../../../bench/run/whole_files.ts";
import { withFolder } from "../fixtures.ts";

Deno.test("readIfThere() and readBytesIfThere() read plain files of the folder and nothing else", () =>
  withFolder((folder) => {
    const path = (name: string) => join(folder, name);
    Deno.writeTextFileSync(path("plain"), "text");
    assert.equal(readIfThere(path("plain")), "text");
    assert.equal(readBytesIfThere(folder, "plain")?.length, 4);
    assert.equal(readIfThere(path("none")), undefined);
    assert.equal(readBytesIfThere(folder, "none/none"), undefined);
    Deno.symlinkSync(path("plain"), path("link"));
    assert.throws(
      () => readIfThere(path("link")),
      /expected a file or folder of the run's own, got a symbolic link/,
    );
    Deno.mkdirSync(path("folder"));
    assert.throws(() => readBytesIfThere(folder, "folder"), /expected a file, got a folder/);
    Deno.symlinkSync(path("folder"), path("linked"));
    Deno.writeTextFileSync(path("folder/inside"), "");
    assert.throws(() => readBytesIfThere(folder, "linked/inside"), /got a symbolic link/);
  }));

Deno.test("readIfThere() does not read a sparse file of gigabytes", () =>
  withFolder((folder) => {
    const path = join(folder, "sparse");
    Deno.writeTextFileSync(path, "");
    Deno.truncateSync(path, 5_000_000_000);
    assert.throws(() => readIfThere(path), /expected at most 268435456 bytes, got 5000000000/);
    assert.throws(() => readBytesIfThere(folder, "sparse"), /got 5000000000/);
  }));

Deno.test({
  name: "readIfThere() does not wait for a pipe",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder((folder) => {
      const path = join(folder, "pipe");
      assert.ok(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
      assert.throws(() => readIfThere(path), /expected a file, got a device or pipe/);
    }),
});

Deno.test("writeWhole() writes through no link, neither under its own nor under its temporary name", () =>
  withFolder((folder) => {
    const treasure = join(folder, "treasure"), path = join(folder, "file");
    Deno.writeTextFileSync(treasure, "mine");
    Deno.symlinkSync(treasure, path);
    Deno.symlinkSync(treasure, `${path}.tmp`);
    writeWhole(path, "new");
    assert.equal(Deno.readTextFileSync(treasure), "mine");
    assert.ok(Deno.lstatSync(path).isFile);
    assert.equal(Deno.readTextFileSync(path), "new");
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["file", "treasure"]);
  }));

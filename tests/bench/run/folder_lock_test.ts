import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FolderLock } from "../../../bench/run/folder_lock.ts";
import { withFolder } from "../fixtures.ts";

const IN_USE = /expected a folder that nothing else writes to, got one in use by another run; wait for it or/;

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("FolderLock keeps a second holder out until it is closed, and takes its file with it", () =>
  withFolder((folder) => {
    const first = new FolderLock(folder);
    assert.throws(() => new FolderLock(folder), IN_USE);
    first.close();
    assert.deepEqual(namesIn(folder), []);
    new FolderLock(folder).close();
  }));

Deno.test("FolderLock leaves a .lock that was there before, and refuses one that is a link", () =>
  withFolder((folder) => {
    const path = join(folder, ".lock");
    Deno.writeTextFileSync(path, "somebody's");
    new FolderLock(folder).close();
    assert.equal(Deno.readTextFileSync(path), "somebody's");
    Deno.writeTextFileSync(path, ""); // as a killed run leaves it
    new FolderLock(folder).close();
    assert.deepEqual(namesIn(folder), []);
    Deno.writeTextFileSync(path, "");
    Deno.renameSync(path, join(folder, "other"));
    Deno.symlinkSync(join(folder, "other"), path);
    assert.throws(() => new FolderLock(folder), /got a symbolic link/);
  }));

Deno.test("FolderLock is no lock on a file that its holder has just removed", () =>
  withFolder((folder) => {
    // Between opening the file and locking it, the run before ends: it removes the file and lets go of it.
    const locking = Deno.FsFile.prototype.tryLockSync;
    const holder = new FolderLock(folder);
    let late: FolderLock;
    try {
      let isFirst = true;
      Deno.FsFile.prototype.tryLockSync = function (exclusive) {
        if (isFirst) holder.close();
        isFirst = false;
        return locking.call(this, exclusive);
      };
      late = new FolderLock(folder);
    } finally {
      Deno.FsFile.prototype.tryLockSync = locking;
    }
    // Two writers, were the lock on the removed file taken for one on the folder.
    assert.throws(() => new FolderLock(folder), IN_USE);
    assert.ok(late.isThere);
    late.close();
  }));

Deno.test("many processes that take one folder in turns never hold it at once", () =>
  withFolder(async (folder) => {
    const module = import.meta.resolve("../../../bench/run/folder_lock.ts");
    // Each holder leaves a mark that no other may find.
    const code = `
      import { FolderLock } from ${JSON.stringify(module)};
      const folder = ${JSON.stringify(folder)}, mark = folder + "/mark";
      let taken = 0;
      for (let tries = 0; taken < 50 && tries < 1e6; tries++) {
        let lock;
        try { lock = new FolderLock(folder); } catch (error) {
          if (error.name !== "UsageError") throw error;
          continue;
        }
        Deno.writeTextFileSync(mark, "", { createNew: true });
        Deno.removeSync(mark);
        lock.close();
        taken++;
      }
      console.log(taken);
    `;
    const script = join(folder, "..", `${crypto.randomUUID()}.ts`);
    Deno.writeTextFileSync(script, code);
    try {
      const outputs = await Promise.all([1, 2, 3].map(() =>
        new Deno.Command(Deno.execPath(), {
          args: [
            "run",
            "--no-prompt",
            "--no-config",
            "--no-lock",
            "--no-check",
            "--allow-read",
            "--allow-write",
            script,
          ],
        }).output()
      ));
      for (const { stdout, stderr } of outputs) {
        assert.equal(new TextDecoder().decode(stdout).trim(), "50", new TextDecoder().decode(stderr));
      }
    } finally {
      Deno.removeSync(script);
    }
  }));

Deno.test("FolderLock says that a folder is a link to where its process may not look", () =>
  withFolder(async (root) => {
    const allowed = join(root, "allowed"), elsewhere = join(root, "elsewhere"), link = join(allowed, "run");
    for (const each of [allowed, elsewhere]) Deno.mkdirSync(each);
    Deno.symlinkSync(elsewhere, link);
    const project = fileURLToPath(new URL("../../../", import.meta.url));
    const module = import.meta.resolve("../../../bench/run/folder_lock.ts");
    const code = `import { FolderLock } from ${JSON.stringify(module)};
      new FolderLock(${JSON.stringify(link)});`;
    const { code: status, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--no-check",
        "--no-lock",
        `--allow-read=${project},${allowed}`,
        `--allow-write=${allowed}`,
        `data:application/typescript,${encodeURIComponent(code)}`,
      ],
      cwd: project,
    }).output();
    assert.equal(status, 1);
    assert.match(
      new TextDecoder().decode(stderr),
      /expected a folder that this command may use, got a symbolic link to another; name it by --out/,
    );
  }));

Deno.test("FolderLock on a file system without locks keeps others out by a file that names its holder", () =>
  withFolder((folder) => {
    const locking = Deno.FsFile.prototype.tryLockSync;
    try {
      Deno.FsFile.prototype.tryLockSync = () => {
        throw new Error("Function not implemented (os error 38)");
      };
      const first = new FolderLock(folder);
      assert.match(
        first.notice ?? "",
        /has no locks \(Function not implemented \(os error 38\)\): the file "\.lock-holder" keeps other runs out/,
      );
      assert.throws(
        () => new FolderLock(folder),
        new RegExp(
          `in use by process ${Deno.pid} of user \\d+ on \\S+ since \\d{4}-.*; wait for it, ` +
            `choose another --out, or, if it is gone, remove what it left: \`rm ${folder}/\\.lock-holder\`$`,
        ),
      );
      Deno.FsFile.prototype.tryLockSync = locking;
      assert.throws(() => new FolderLock(folder), /in use by process/, "from a machine that has locks");
      first.close();
      assert.deepEqual(namesIn(folder), []);
      new FolderLock(folder).close();
      Deno.writeTextFileSync(join(folder, ".lock-holder"), "process 1 on a machine that lost power");
      assert.throws(
        () => new FolderLock(folder),
        /got one in use by process 1 on a machine that lost power; /,
      );
    } finally {
      Deno.FsFile.prototype.tryLockSync = locking;
    }
  }));

Deno.test("FolderLock knows whether its folder is still there", () =>
  withFolder((root) => {
    const folder = join(root, "run");
    Deno.mkdirSync(folder);
    const lock = new FolderLock(folder);
    assert.ok(lock.isThere);
    Deno.renameSync(folder, join(root, "moved"));
    assert.ok(!lock.isThere);
    Deno.mkdirSync(folder);
    Deno.writeTextFileSync(join(folder, ".lock"), "");
    assert.ok(!lock.isThere, "another folder under the name");
    lock.close();
    assert.deepEqual(namesIn(folder), [".lock"]);
  }));

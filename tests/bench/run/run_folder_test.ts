/**
 * @file What becomes of a run folder that was killed, emptied, edited, moved or made by somebody else.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { main } from "../../../bench/commands/bench.ts";
import { parseManifest } from "../../../bench/run/manifest.ts";
import { readResults } from "../../../bench/run/results.ts";
import { FakeEngine, type FakeEngineOptions } from "../fake_engine.ts";
import { CATALOG, fakeSurroundings, LONG, repeatableFiles, SHORT, withFolder } from "../fixtures.ts";

/** Accuracies with which every criterion of the fixtures is met. */
const MET: FakeEngineOptions = { testAccuracy: (_trial, epoch) => epoch === 1 ? 0.98 : 0.9945 };
/** Of another machine: not the weights and digits that `MET` gives. */
const OTHER: FakeEngineOptions = { testAccuracy: (_trial, epoch) => epoch === 1 ? 0.97 : 0.9955 };

async function run(out: string, line = "", options: FakeEngineOptions = MET) {
  const surroundings = fakeSurroundings({ engine: new FakeEngine(options) });
  const code = await main([...line.split(" ").filter(Boolean), "--out", out], surroundings);
  return { code, out: surroundings.out.text(), err: surroundings.err.text() };
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

function edit(path: string, change: (text: string) => string): void {
  const text = Deno.readTextFileSync(path), changed = change(text);
  assert.notEqual(changed, text, path);
  Deno.writeTextFileSync(path, changed);
}

Deno.test("a folder whose trials.csv was emptied or removed loses nothing: all is set aside, and said", () =>
  withFolder(async (root) => {
    for (const how of ["emptied", "removed", "zeroed", "header"]) {
      const out = join(root, how), trials = join(out, "trials.csv");
      await run(out, "--seeds 0-1 --weights all");
      const before = repeatableFiles(out), text = Deno.readTextFileSync(trials);
      if (how === "removed") Deno.removeSync(trials);
      else if (how === "header") Deno.writeTextFileSync(trials, text.split("\n")[0] + "\n");
      else Deno.writeFileSync(trials, new Uint8Array(how === "zeroed" ? 512 : 0));
      // The engine gives other bits now: what it gave before could not be had again.
      const { code, err } = await run(out, "--seeds 0-1 --weights all", OTHER);
      assert.equal(code, 0, err);
      assert.match(
        err,
        /warning {2}.*rows and 8 files of predictions or weights without a finished trial in "trials.csv" were set aside in ".*set-aside-1"\n/,
      );
      const aside = repeatableFiles(join(out, "set-aside-1")), after = repeatableFiles(out);
      for (const [file, digest] of before) {
        if (!/predictions|weights|epochs\.csv/.test(file)) continue;
        // The weights come out again, digits and rows do not.
        assert.ok(aside.get(file) === digest || after.get(file) === digest, `${file} of the folder ${how}`);
        assert.equal(aside.has(file), !file.startsWith("weights"), file);
      }
    }
  }));

Deno.test("rows alone are set aside as well, where trials.csv was emptied and no predictions are there", () =>
  withFolder(async (out) => {
    await run(out, "--iterations 1 --seeds 0-1", { ...MET, diverges: { "1 0": 2, "1 1": 2 } });
    const epochs = Deno.readTextFileSync(join(out, "epochs.csv"));
    assert.equal(epochs.split("\n").length, 4);
    Deno.truncateSync(join(out, "trials.csv"));
    const { err } = await run(out, "--iterations 1 --seeds 0-1", OTHER);
    assert.match(
      err,
      /"trials.csv" is gone or empty: rows without a finished trial in "trials.csv" were set aside/,
    );
    assert.equal(Deno.readTextFileSync(join(out, "set-aside-1", "epochs.csv")), epochs);
  }));

Deno.test("what was set aside goes once the same bits are there again", () =>
  withFolder(async (out) => {
    await run(out, "--seeds 0-1 --weights all");
    const before = repeatableFiles(out);
    edit(join(out, "trials.csv"), (text) => text.split("\n").slice(0, 2).join("\n") + "\n");
    assert.match((await run(out, "--seeds 0-1 --weights all")).err, /6 files of predictions or weights/);
    assert.deepEqual(repeatableFiles(out), before);
  }));

Deno.test("rows that were set aside stay where nobody trained them again, though every file is there again", () =>
  withFolder(async (out) => {
    const diverging: FakeEngineOptions = { ...MET, diverges: { "1 1": 2 } };
    await run(out, "--iterations 1 --seeds 0-1", diverging);
    const epochs = Deno.readTextFileSync(join(out, "epochs.csv")), before = repeatableFiles(out);
    const lose = () => Deno.removeSync(join(out, "trials.csv"));
    lose();
    await run(out, "--iterations 1 --seeds 0", diverging);
    assert.deepEqual(namesIn(join(out, "set-aside-1")), [
      "epochs.csv",
      "predictions",
      "timing.csv",
      "weights",
    ]);
    assert.equal(Deno.readTextFileSync(join(out, "set-aside-1", "epochs.csv")), epochs);
    await run(out, "--iterations 1 --seeds 0-1", diverging);
    lose();
    // all of them trained again: nothing is left in the folder alone
    await run(out, "--iterations 1 --seeds 0-1", diverging);
    Deno.removeSync(join(out, "set-aside-1"), { recursive: true });
    assert.deepEqual(repeatableFiles(out), before);
  }));

Deno.test("a trial whose epochs, times, predictions or kept weights are missing is unfinished and trained again", () =>
  withFolder(async (out) => {
    await run(out, "--seeds 0-1");
    const before = repeatableFiles(out);
    const losses: [string, () => void][] = [
      ["predictions", () => Deno.removeSync(join(out, "predictions", "iteration-1-seed-0.bin"))],
      ["predictions", () => Deno.truncateSync(join(out, "predictions", "iteration-1-seed-0.bin"), 0)],
      ["weights", () => Deno.removeSync(join(out, "weights", "iteration-1-seed-0.safetensors"))],
      ["epochs", () => edit(join(out, "epochs.csv"), (text) => text.replace(/^1,0,2,.*\n/m, ""))],
      ["times", () => edit(join(out, "timing.csv"), (text) => text.replace(/^1,0,2,.*\n/m, ""))],
    ];
    for (const [what, lose] of losses) {
      lose();
      const { code, err } = await run(out, "--seeds 0-1");
      assert.equal(code, 0, err);
      assert.match(err, /trials {3}.*: 4, 3 of them already there/);
      assert.ok(err.includes(`iteration-1-seed-0 lacks its ${what} and counts as unfinished`), err);
      assert.deepEqual(repeatableFiles(out), before);
    }
    Deno.removeSync(join(out, "timing.csv"));
    assert.match((await run(out, "--seeds 0-1")).err, /iteration-2-seed-1 lacks its times and counts as/);
    assert.deepEqual(repeatableFiles(out), before);
    readResults(out);
  }));

Deno.test("bench refuses a folder whose numbers were edited, and changes nothing in it", () =>
  withFolder(async (out) => {
    await run(out, "--seeds 0-1");
    const edits: [string, (text: string) => string, RegExp][] = [
      [
        "trials.csv",
        (text) => text.replace(",0.9945,", ",0.9999,"),
        /has finalTestAccuracy 0\.9999 in trials/,
      ],
      [
        "trials.csv",
        (text) => text + text.split("\n")[1] + "\n",
        /iteration-1-seed-0 has two rows in trials/,
      ],
      [
        "trials.csv",
        (text) => text.replace(/^1,0,/m, "1,9,"),
        /seed-9 has a row in .*manifest\.json nobody trained/,
      ],
      ["trials.csv", (text) => text.replace("completed", "passed"), /has the status "passed" in trials\.csv/],
      [
        "epochs.csv",
        (text) => text.replace(/^(1,0,2,.*),0\.9945,/m, "$1,1.9945,"),
        /epoch 2 has an accuracy, a loss/,
      ],
      [
        "epochs.csv",
        (text) => text.replace(/^(1,0,2,.*),0\.9945,/m, "$1,NaN,"),
        /epoch 2 has an accuracy, a loss/,
      ],
      ["epochs.csv", (text) => text.replace(/^(1,0,2,.*),0\.9945,/m, "$1,0.9999,"), /by epochs\.csv/],
      ["timing.csv", (text) => text.replace(/^(1,0,2,.*\n)/m, "$1$1"), /1, 2, 2 in timing\.csv/],
      [
        "epochs.csv",
        (text) => text.replace(/^(1,0,2,.*),0\.9945,/m, "$1,,"),
        /seed-0 epoch 2 has no accuracy in epochs\.csv, though it is the last/,
      ],
    ];
    for (const [file, change, wanted] of edits) {
      const path = join(out, file), text = Deno.readTextFileSync(path);
      edit(path, change);
      const files = repeatableFiles(out);
      const { code, err } = await run(out, "--seeds 0-1");
      assert.equal(code, 2);
      assert.match(
        err,
        /^error: Cannot add to ".*": expected files that agree, got ".*"; restore them or choose/,
      );
      assert.match(err, wanted);
      assert.deepEqual(repeatableFiles(out), files);
      Deno.writeTextFileSync(path, text);
    }
  }));

Deno.test("an edited iteration has a default folder of its own, the same one each time", () =>
  withFolder(async (root) => {
    const before = Deno.cwd();
    Deno.chdir(root);
    try {
      const edited = [{ ...SHORT, training: { ...SHORT.training, batchSize: 9 } }, LONG];
      const bench = async (catalog: typeof CATALOG) => {
        const surroundings = fakeSurroundings({ engine: new FakeEngine(MET), catalog });
        assert.equal(
          await main(["--iterations", "1", "--seeds", "0"], surroundings),
          0,
          surroundings.err.text(),
        );
        return surroundings.err.text();
      };
      await bench(CATALOG);
      const files = repeatableFiles(join("results", "runs", "mnist-fake1"));
      assert.match(
        await bench(edited),
        /results {2}results\/runs\/mnist-fake1-edited-1-[0-9a-f]{8}, since results\/runs\/mnist-fake1 holds other/,
      );
      assert.match(await bench(edited), /already there/);
      assert.equal(namesIn(join("results", "runs")).length, 2);
      assert.deepEqual(repeatableFiles(join("results", "runs", "mnist-fake1")), files);
    } finally {
      Deno.chdir(before);
    }
  }));

Deno.test("a run whose folder is removed, moved or replaced says so and makes no other in its place", () =>
  withFolder(async (root) => {
    for (const how of ["removed", "moved", "replaced"]) {
      const out = join(root, how), elsewhere = join(root, `${how}-elsewhere`);
      let ended = 0;
      const beforeEvent: FakeEngineOptions["beforeEvent"] = ({ kind }) => {
        if (kind !== "completed" || ++ended !== 2) return;
        if (how === "removed") Deno.removeSync(out, { recursive: true });
        else Deno.renameSync(out, elsewhere);
        if (how === "replaced") Deno.mkdirSync(out);
      };
      const { code, err } = await run(out, "--seeds 0-1", { ...MET, beforeEvent });
      assert.equal(code, 2);
      assert.match(
        err,
        /error: Cannot write to ".*": expected the folder that this run began in, got one that was removed, moved or/,
      );
      if (how === "replaced") assert.deepEqual(namesIn(out), []);
      else assert.throws(() => Deno.statSync(out), Deno.errors.NotFound);
      if (how === "removed") continue;
      // What was finished before is whole where it went to.
      assert.match((await run(elsewhere, "--seeds 0-1")).err, /1 of them already there/);
    }
  }));

Deno.test("symbolic links in a received run folder are not followed", () =>
  withFolder(async (root) => {
    const mine = join(root, "mine"), treasure = join(mine, "iteration-1-seed-0.bin");
    Deno.mkdirSync(mine);
    Deno.writeTextFileSync(treasure, "not a run's");
    const link = async (name: string, to: string, wanted: RegExp | undefined) => {
      const out = join(root, name.replace("/", "-"));
      await run(out, "--seeds 0");
      if (!name.endsWith(".tmp")) Deno.removeSync(join(out, name), { recursive: true });
      Deno.symlinkSync(to, join(out, name));
      const { code, err } = await run(out, "--seeds 0-1");
      if (wanted === undefined) assert.equal(code, 0, err);
      else {
        assert.equal(code, 2, err);
        assert.match(err, wanted);
      }
      assert.deepEqual(namesIn(mine), ["iteration-1-seed-0.bin"]);
      assert.equal(Deno.readTextFileSync(treasure), "not a run's");
    };
    const refused = /got a symbolic link; put in its place what it points to/;
    await link("predictions", mine, refused);
    await link("weights", mine, refused);
    await link("trials.csv", treasure, refused);
    await link("predictions/iteration-1-seed-0.bin", treasure, refused);
    await link("manifest.json", treasure, refused);
    await link("manifest.json.tmp", treasure, undefined);
    await link("SUMMARY.md", treasure, refused);
  }));

Deno.test("a folder that is refused stays as it was, a .lock of somebody else included", () =>
  withFolder(async (root) => {
    const foreign = join(root, "foreign");
    Deno.mkdirSync(foreign);
    Deno.writeTextFileSync(join(foreign, "thesis.tex"), "mine");
    for (const content of ["an editor's", ""]) {
      Deno.writeTextFileSync(join(foreign, ".lock"), content);
      assert.equal((await run(foreign)).code, 2);
      assert.deepEqual(namesIn(foreign), [".lock", "thesis.tex"]);
      assert.equal(Deno.readTextFileSync(join(foreign, ".lock")), content);
    }
    Deno.removeSync(join(foreign, ".lock"));
    await run(foreign);
    assert.deepEqual(namesIn(foreign), ["thesis.tex"]);
  }));

Deno.test("a trial that cannot be written whole leaves the files of before", () =>
  withFolder(async (out) => {
    await run(out, "--seeds 0");
    const before = repeatableFiles(out);
    const syncing = Deno.FsFile.prototype.syncSync;
    try {
      // As on a full disk, where the content reaches it only when it is synced.
      Deno.FsFile.prototype.syncSync = () => {
        throw new Error("No space left on device");
      };
      const { code, err } = await run(out, "--seeds 1");
      assert.equal(code, 2);
      assert.match(err, /got "No space left on device"; choose another --out/);
    } finally {
      Deno.FsFile.prototype.syncSync = syncing;
    }
    assert.deepEqual(repeatableFiles(out), before);
  }));

Deno.test("what a finished row stands for is on the disk before the row", () =>
  withFolder(async (out) => {
    const order: string[] = [];
    const names = new WeakMap<Deno.FsFile, string>();
    const { openSync, renameSync } = Deno;
    const { syncSync, syncDataSync } = Deno.FsFile.prototype;
    try {
      Deno.openSync = (path, options) => {
        const file = openSync(path, options);
        names.set(file, String(path).slice(out.length + 1));
        return file;
      };
      Deno.renameSync = (from, to) => {
        order.push(`rename ${String(to).slice(out.length + 1)}`);
        renameSync(from, to);
      };
      Deno.FsFile.prototype.syncSync = function () {
        order.push(`sync ${names.get(this)}`);
        syncSync.call(this);
      };
      Deno.FsFile.prototype.syncDataSync = function () {
        order.push(`sync ${names.get(this)}`);
        syncDataSync.call(this);
      };
      await run(out, "--iterations 1 --seeds 0");
    } finally {
      Object.assign(Deno, { openSync, renameSync });
      Object.assign(Deno.FsFile.prototype, { syncSync, syncDataSync });
    }
    const file = "predictions/iteration-1-seed-0.bin", weights = "weights/iteration-1-seed-0.safetensors";
    const at = order.indexOf(`sync ${file}.tmp`);
    assert.deepEqual(order.slice(at, at + 9), [
      `sync ${file}.tmp`,
      `rename ${file}`,
      "sync predictions",
      `sync ${weights}.tmp`,
      `rename ${weights}`,
      "sync weights",
      "sync epochs.csv",
      "sync timing.csv",
      "sync trials.csv",
    ]);
  }));

Deno.test("the manifest says whose weights were kept", () =>
  withFolder(async (out) => {
    await run(out, "--iterations 1 --seeds 0-1");
    const manifest = parseManifest(Deno.readTextFileSync(join(out, "manifest.json")), "manifest.json");
    assert.deepEqual(manifest.invocations[0].keptWeights, ["iteration-1-seed-0"]);
  }));

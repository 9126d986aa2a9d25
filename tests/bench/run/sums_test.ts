import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { readResults, readRows } from "../../../bench/run/results.ts";
import { checkSums, formatSums } from "../../../bench/run/sums.ts";
import { differenceWithin } from "../../../bench/judge/row_difference.ts";
import { FakeEngine } from "../fake_engine.ts";
import { fakeSurroundings, withFolder } from "../fixtures.ts";

async function run(out: string, line: string) {
  const surroundings = fakeSurroundings({ engine: new FakeEngine() });
  const code = await bench([...line.split(" "), "--no-assert", "--out", out], surroundings);
  return { code, err: surroundings.err.text() };
}

async function withSealedRun(test: (folder: string) => void | Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    assert.equal((await run(folder, "--seeds 0-1")).code, 0);
    Deno.writeTextFileSync(join(folder, "SHA256SUMS"), formatSums(folder));
    await test(folder);
  });
}

Deno.test("formatSums() writes what sha256sum reads, for every file but plots and pages", () =>
  withSealedRun((folder) => {
    Deno.mkdirSync(join(folder, "plots"));
    Deno.writeTextFileSync(join(folder, "plots", "a.svg"), "");
    Deno.writeTextFileSync(join(folder, "report.html"), "");
    const lines = formatSums(folder).trimEnd().split("\n");
    assert.deepEqual(lines.map((line) => line.slice(66)), [
      "SUMMARY.md",
      "claims.csv",
      "confusion.csv",
      "epochs.csv",
      "errors.csv",
      "manifest.json",
      ...[1, 2].flatMap((id) => [0, 1].map((seed) => `predictions/iteration-${id}-seed-${seed}.bin`)),
      "summary.csv",
      "timing.csv",
      "trials.csv",
      ...[1, 2].map((id) => `weights/iteration-${id}-seed-0.safetensors`),
    ]);
    for (const line of lines) {
      const bytes = Deno.readFileSync(join(folder, line.slice(66)));
      assert.equal(line.slice(0, 66), `${createHash("sha256").update(bytes).digest("hex")}  `);
    }
    assert.deepEqual(checkSums(folder), []);
  }));

Deno.test("what reads sealed results notices every edit, those that no other check would see included", () =>
  withSealedRun((folder) => {
    const edits: [string, RegExp, string][] = [
      ["timing.csv", /1\.25/, "1.20"],
      ["manifest.json", /"commit": "c0ffee"/, '"commit": "decade"'],
      ["manifest.json", /"dirty": false/, '"dirty": true '],
      ["manifest.json", /"cpu": "a CPU"/, '"cpu": "b CPU"'],
      ["manifest.json", /"finalAccuracyFloor": 0.97/, '"finalAccuracyFloor": 0.90'],
      ["claims.csv", /consistent/, "consistens"],
      ["SUMMARY.md", /Final/, "Finol"],
    ];
    for (const [file, from, to] of edits) {
      const path = join(folder, file), text = Deno.readTextFileSync(path);
      assert.match(text, from, file);
      Deno.writeTextFileSync(path, text.replace(from, to));
      const wanted = new RegExp(`SHA256SUMS has \\w{64} for ${file}, got \\w{64}`);
      assert.throws(() => readResults(folder), wanted, file);
      const record = readRows(folder);
      assert.match(differenceWithin({ path: folder, record, trial: record.trials[0] }) ?? "", wanted);
      Deno.writeTextFileSync(path, text);
    }
    readResults(folder);
    Deno.writeFileSync(join(folder, "predictions", "iteration-1-seed-9.bin"), new Uint8Array(9));
    assert.throws(
      () => readResults(folder),
      /SHA256SUMS has no line for predictions\/iteration-1-seed-9\.bin/,
    );
    Deno.removeSync(join(folder, "predictions", "iteration-1-seed-9.bin"));
    Deno.removeSync(join(folder, "weights", "iteration-1-seed-0.safetensors"));
    assert.throws(() => readResults(folder), /weights\/iteration-1-seed-0\.safetensors is missing/);
  }));

Deno.test("checkSums() does not mind CR LF in text", () =>
  withSealedRun((folder) => {
    for (const file of ["trials.csv", "manifest.json", "SUMMARY.md", "SHA256SUMS"]) {
      const path = join(folder, file);
      Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replaceAll("\n", "\r\n"));
    }
    assert.deepEqual(checkSums(folder), []);
  }));

Deno.test("checkSums() reads no file outside its folder", () =>
  withSealedRun((folder) => {
    for (const name of ["../secret", "/etc/passwd", "predictions/../../secret", "a/b"]) {
      Deno.writeTextFileSync(join(folder, "SHA256SUMS"), `${"0".repeat(64)}  ${name}\n`);
      assert.throws(
        () => checkSums(folder),
        /SHA256SUMS" line 1: expected a SHA-256 and a file of the folder, got/,
      );
    }
  }));

Deno.test("bench refuses sealed results that were edited, and unseals those that it adds to", () =>
  withSealedRun(async (folder) => {
    const timing = join(folder, "timing.csv"), text = Deno.readTextFileSync(timing);
    Deno.writeTextFileSync(timing, text.replace("1.25", "1.20"));
    const refused = await run(folder, "--seeds 0-1");
    assert.equal(refused.code, 2);
    assert.match(refused.err, /Cannot add to ".*": expected files that agree, got "SHA256SUMS has/);
    Deno.writeTextFileSync(timing, text);
    assert.equal((await run(folder, "--seeds 0-1")).code, 0);
    assert.ok(Deno.statSync(join(folder, "SHA256SUMS")).isFile, "nothing was added");
    assert.equal((await run(folder, "--seeds 0-2")).code, 0);
    assert.throws(() => Deno.statSync(join(folder, "SHA256SUMS")), Deno.errors.NotFound);
  }));

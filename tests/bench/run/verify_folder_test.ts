import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { main as plan } from "../../../bench/commands/plan.ts";
import { main as plots } from "../../../bench/commands/plots.ts";
import { main as report } from "../../../bench/commands/report.ts";
import { main as tables } from "../../../bench/commands/tables.ts";
import { readResults } from "../../../bench/run/results.ts";
import { readRunFolder } from "../../../bench/run/run_record.ts";
import { checkWhole } from "../../../bench/run/verify_folder.ts";
import { FakeEngine, type FakeEngineOptions } from "../fake_engine.ts";
import {
  CATALOG,
  type FakeSurroundings,
  fakeSurroundings,
  type Recorded,
  recordOutput,
  withFolder,
} from "../fixtures.ts";

async function run(out: string, line: string, options: FakeEngineOptions = {}): Promise<FakeSurroundings> {
  const surroundings = fakeSurroundings({ engine: new FakeEngine(options) });
  await bench([...line.split(" "), "--no-assert", "--out", out], surroundings);
  return surroundings;
}

/** Takes a trial out of every list, as if it had never been. */
function drop(out: string, iteration: number, seed: number): void {
  for (const file of ["trials.csv", "epochs.csv", "timing.csv", "confusion.csv"]) {
    const path = join(out, file), text = Deno.readTextFileSync(path);
    const kept = text.split("\n").filter((line) => !line.startsWith(`${iteration},${seed},`)).join("\n");
    assert.notEqual(kept, text, file);
    Deno.writeTextFileSync(path, kept);
  }
  for (const file of [`predictions/iteration-${iteration}-seed-${seed}.bin`]) {
    Deno.removeSync(join(out, file));
  }
}

Deno.test("a dropped trial is noticed by everything that reads results", () =>
  withFolder(async (root) => {
    const out = join(root, "results", "reference");
    await run(out, "--seeds 0-2");
    Deno.writeTextFileSync(join(root, "README.md"), "<!-- table:summary -->\n<!-- /table -->\n");
    drop(out, 2, 1);
    const wanted =
      /iteration-2-seed-1 has no row in trials\.csv, though by manifest\.json it was trained to its end/;
    assert.throws(() => readResults(out), wanted);
    const loadIterations = () => Promise.resolve(CATALOG);
    const loadTestImages = () => Promise.reject(new Error("read on"));
    const readers: [string, (given: Given) => Promise<number> | number, number][] = [
      ["tables", (given) => tables(["--check"], given), 1],
      ["plots", (given) => plots(["--check"], given), 2],
      ["report", (given) => report([out], { ...given, loadTestImages }), 2],
      ["plan", (given) => plan(["--from", out], given), 2],
    ];
    type Given = typeof base & { readonly out: Recorded; readonly err: Recorded };
    const loadTestLabels = () => Promise.resolve("not asked for");
    const base = { root, loadIterations, loadField: () => Promise.resolve([]), loadTestLabels };
    for (const [name, read, code] of readers) {
      const given = { ...base, out: recordOutput(), err: recordOutput() };
      assert.equal(await read(given), code, name);
      assert.match(given.out.text() + given.err.text(), wanted, name);
    }
    // bench trains it again
    assert.match((await run(out, "--seeds 0-2")).err.text(), /: 6, 5 of them already there/);
    assert.deepEqual(checkWhole(out, readRunFolder(out)!), []);
  }));

Deno.test("checkWhole() wants of every row its plan, epochs, timing, predictions and kept weights", () =>
  withFolder(async (out) => {
    await run(out, "--seeds 0-1");
    const change = (file: string, from: RegExp, to: string) => () => {
      const path = join(out, file), text = Deno.readTextFileSync(path);
      assert.match(text, from);
      Deno.writeTextFileSync(path, text.replace(from, to));
    };
    const noEpochs = change("trials.csv", /^1,1,completed,2,/m, "1,1,completed,0,");
    const remove = (file: string) => () => Deno.removeSync(join(out, file));
    const cases: [string, () => void, RegExp][] = [
      [
        "manifest.json",
        change("manifest.json", /,\s*"iteration-2-seed-1"/, ""),
        /manifest\.json nobody trained it/,
      ],
      [
        "epochs.csv",
        change("epochs.csv", /^1,1,2,.*\n/m, ""),
        /has 2 epochs in trials\.csv and 1 in epochs\.csv/,
      ],
      [
        "epochs.csv",
        change("epochs.csv", /^(1,1,2,.*),[\d.]+(,[\d.]+,\w+)$/m, "$1,$2"),
        /iteration-1-seed-1 epoch 2 has no accuracy in epochs\.csv, though it is the last/,
      ],
      [
        "trials.csv",
        change("trials.csv", /^1,1,.*\n/m, ""),
        /iteration-1-seed-1 has rows in epochs\.csv and none/,
      ],
      [
        "timing.csv",
        change("timing.csv", /^1,1,2,.*\n/m, ""),
        /iteration-1-seed-1 has 2 epochs in trials\.csv and 1 in timing\.csv/,
      ],
      [
        "timing.csv",
        change("timing.csv", /^(1,1,2,.*\n)/m, "$1$1"),
        /iteration-1-seed-1 has 2 epochs in trials\.csv and 1, 2, 2 in timing\.csv/,
      ],
      [
        "timing.csv",
        change("timing.csv", /^1,1,2,/m, "1,1,2,-"),
        /iteration-1-seed-1 epoch 2 has a time or a rate in timing\.csv that none can be/,
      ],
      [
        "predictions/iteration-1-seed-0.bin",
        remove("predictions/iteration-1-seed-0.bin"),
        /predictions\/iteration-1-seed-0\.bin is missing/,
      ],
      [
        "weights/iteration-1-seed-0.safetensors",
        remove("weights/iteration-1-seed-0.safetensors"),
        /weights\/iteration-1-seed-0\.safetensors is missing, though by manifest\.json the weights were kept/,
      ],
    ];
    for (const [file, spoil, wanted] of cases) {
      const bytes = Deno.readFileSync(join(out, file));
      assert.deepEqual(checkWhole(out, readRunFolder(out)!), []);
      spoil();
      assert.match(checkWhole(out, readRunFolder(out)!).join("\n"), wanted);
      Deno.writeFileSync(join(out, file), bytes);
    }
    change("epochs.csv", /^1,1,.*\n/gm, "")();
    noEpochs();
    assert.match(
      checkWhole(out, readRunFolder(out)!).join("\n"),
      /iteration-1-seed-1 is completed in trials\.csv, though it has no epoch/,
    );
  }));

Deno.test("checkWhole() takes a folder whose run was interrupted or broke: its manifest says so", () =>
  withFolder(async (out) => {
    let ended = 0;
    await run(out, "--seeds 0-1", {
      beforeEvent: ({ kind }) => {
        if (kind === "completed" && ++ended === 2) throw new Error("a crash");
      },
    });
    const record = readRunFolder(out)!;
    assert.equal(record.trials.length, 1);
    assert.deepEqual(checkWhole(out, record), []);
    // rows of a trial that had begun, as kill -9 leaves them
    const row = Deno.readTextFileSync(join(out, "epochs.csv")).split("\n")[1].replace(/^\d+,\d+,/, "2,1,");
    Deno.writeTextFileSync(join(out, "epochs.csv"), `${row}\n`, { append: true });
    assert.deepEqual(checkWhole(out, readRunFolder(out)!), []);
  }));

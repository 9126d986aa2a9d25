/**
 * @file Whole runs with an engine that trains nothing: what is written, continued, refused and returned.
 */
import { SCHEMA } from "../../../bench/run/manifest.ts";
import assert from "node:assert/strict";
import { DeviceError } from "../../../engine/engine.ts";
import { join } from "node:path";
import { defaultFolder } from "../../../bench/run/identity.ts";
import { main } from "../../../bench/commands/bench.ts";
import { parseManifest } from "../../../bench/run/manifest.ts";
import { readResults } from "../../../bench/run/results.ts";
import { DataError } from "../../../data/types.ts";
import { weightsDigest } from "../../../engine/digest.ts";
import { parseSafetensors } from "../../../engine/safetensors.ts";
import type { TrialEvent } from "../../../engine/engine.ts";
import { FakeEngine, type FakeEngineOptions } from "../fake_engine.ts";
import {
  CATALOG,
  type FakeSurroundings,
  fakeSurroundings,
  LONG,
  repeatableFiles,
  SHORT,
  smallDataset,
  withFolder,
} from "../fixtures.ts";

/** Accuracies with which every criterion of the fixtures is met. */
const MET: FakeEngineOptions = { testAccuracy: (_trial, epoch) => epoch === 1 ? 0.98 : 0.9945 };

async function run(out: string, line = "", surroundings = fakeSurroundings({ engine: new FakeEngine(MET) })) {
  const code = await main([...line.split(" ").filter(Boolean), "--out", out], surroundings);
  return { code, out: surroundings.out.text(), err: surroundings.err.text() };
}

function readManifest(out: string) {
  return parseManifest(Deno.readTextFileSync(join(out, "manifest.json")), "manifest.json");
}

function readLines(out: string, file: string): string[] {
  return Deno.readTextFileSync(join(out, file)).trimEnd().split("\n");
}

Deno.test("main() trains, writes every file of a run and exits 0", () =>
  withFolder(async (folder) => {
    const out = join(folder, "new", "run");
    const { code, out: text, err } = await run(out);
    assert.equal(code, 0, err);
    assert.deepEqual([...repeatableFiles(out).keys()], [
      "SUMMARY.md",
      "claims.csv",
      "confusion.csv",
      "epochs.csv",
      "errors.csv",
      ...[1, 2].flatMap((id) => [0, 1, 2].map((seed) => `predictions/iteration-${id}-seed-${seed}.bin`)),
      "summary.csv",
      "trials.csv",
      "weights/iteration-1-seed-0.safetensors",
      "weights/iteration-2-seed-0.safetensors",
    ]);
    assert.equal(readLines(out, "epochs.csv").length, 1 + 3 * 2 + 3 * 4);
    assert.equal(readLines(out, "timing.csv").length, 1 + 3 * 2 + 3 * 4);
    assert.deepEqual(readLines(out, "trials.csv").map((line) => line.split(",").slice(0, 9).join()), [
      "iteration,seed,status,epochs,parameters,finalTestAccuracy,bestTestAccuracy,bestEpoch,epochToTarget",
      ...[0, 1, 2].map((seed) => `1,${seed},completed,2,7850,0.9945,0.9945,2,2`),
      ...[0, 1, 2].map((seed) => `2,${seed},completed,4,3414,0.9945,0.9945,2,2`),
    ]);
    assert.match(
      text,
      /✓ iteration 1 {2}7,850 parameters {2}final 99\.45 ± 0\.00 % \(n = 3\) {2}99\.4 % at 2/,
    );
    assert.match(err, /iteration 2 {2}seed 2 {2}epoch 4\/4 .* 100 %, 0:00 left/);
    const manifest = readManifest(out);
    assert.deepEqual(manifest.seeds, [0, 1, 2]);
    assert.deepEqual(manifest.iterations.map(({ id, layers }) => [id, layers]), [[1, SHORT.layers], [
      2,
      LONG.layers,
    ]]);
    assert.equal(manifest.invocations.length, 1);
    const [{ outcome, start, end, cpu, git, trials }] = manifest.invocations;
    assert.deepEqual({ outcome, start, end, cpu, git, trials: trials.length }, {
      outcome: "completed",
      start: "2026-01-02T03:04:05.000Z",
      end: "2026-01-02T03:04:05.000Z",
      cpu: "a CPU",
      git: { commit: "c0ffee", dirty: false },
      trials: 6,
    });
  }));

Deno.test("main() saves weights whose digest is the trial's, and the predictions that were made", () =>
  withFolder(async (out) => {
    await run(out, "--iterations 2 --seeds 3,5 --weights all");
    for (const seed of [3, 5]) {
      const row = readLines(out, "trials.csv").find((line) => line.startsWith(`2,${seed},`))!.split(",");
      const file = Deno.readFileSync(join(out, "weights", `iteration-2-seed-${seed}.safetensors`));
      const tensors = parseSafetensors(file).tensors.map(({ data }) => ({ data: data as Float32Array }));
      assert.equal(weightsDigest(tensors), row[9]);
      const predictions = Deno.readFileSync(join(out, "predictions", `iteration-2-seed-${seed}.bin`));
      assert.equal(predictions.length, 2500);
    }
    await withFolder(async (other) => {
      await run(other, "--iterations 2 --seeds 3,5 --weights none");
      assert.ok(![...repeatableFiles(other).keys()].some((path) => path.startsWith("weights")));
    });
  }));

Deno.test("main() counts parameters, not the averages of them that a recipe hands out as well", () =>
  withFolder(async (out) => {
    const averaged = { ...SHORT, training: { ...SHORT.training, average: { decay: 0.9 } } };
    const surroundings = fakeSurroundings({ engine: new FakeEngine(MET), catalog: [averaged] });
    const { code, err } = await run(out, "--seeds 0", surroundings);
    assert.equal(code, 0, err);
    const [header, row] = readLines(out, "trials.csv").map((line) => line.split(","));
    assert.equal(row[header.indexOf("parameters")], "7850");
    const file = join(out, "weights", "iteration-1-seed-0.safetensors");
    const { tensors } = parseSafetensors(Deno.readFileSync(file));
    assert.equal(tensors.filter(({ name }) => name.startsWith("average.")).length, 2);
  }));

Deno.test("main() writes the same bytes whatever the order in which trials and epochs end", () =>
  withFolder(async (folder) => {
    const results = [];
    for (const [workers, turns] of [[1, 0], [2, 1], [3, 2], [6, 3]]) {
      const out = join(folder, `${workers}-${turns}`);
      const engine = new FakeEngine({ ...MET, workers, turns });
      const surroundings = fakeSurroundings({ engine });
      assert.equal((await run(out, "--seeds 0-3", surroundings)).code, 0);
      assert.ok(engine.closed);
      results.push(repeatableFiles(out));
    }
    for (const result of results.slice(1)) assert.deepEqual(result, results[0]);
  }));

Deno.test("main() run again shows what is there, trains nothing and changes no file", () =>
  withFolder(async (out) => {
    await run(out);
    const manifest = Deno.readTextFileSync(join(out, "manifest.json")), files = repeatableFiles(out);
    const engine = new FakeEngine({
      beforeEvent: () => {
        throw new Error("trained");
      },
    });
    const again = await run(out, "", fakeSurroundings({ engine }));
    assert.equal(again.code, 0, again.err);
    assert.match(again.err, /: 6, 6 of them already there/);
    assert.match(again.out, /Test accuracy/);
    assert.equal(Deno.readTextFileSync(join(out, "manifest.json")), manifest);
    assert.deepEqual(repeatableFiles(out), files);
  }));

Deno.test("main() adds iterations and seeds to a folder, ending where one run of all would", () =>
  withFolder(async (folder) => {
    const parts = join(folder, "parts"), whole = join(folder, "whole");
    for (const line of ["--iterations 2 --seeds 0", "--iterations 1 --seeds 0-1", "--seeds 0-2"]) {
      assert.equal((await run(parts, line)).code, 0);
    }
    await run(whole, "--seeds 0-2");
    assert.deepEqual(repeatableFiles(parts), repeatableFiles(whole));
    assert.deepEqual(readManifest(parts).invocations.map(({ trials }) => trials.length), [1, 2, 3]);
  }));

/** Surroundings whose engine is interrupted just before its `count`-th event that is no progress. */
function interruptedAt(count: number, options: FakeEngineOptions = {}): FakeSurroundings {
  let seen = 0;
  const engine = new FakeEngine({
    ...MET,
    workers: 2,
    turns: 9,
    ...options,
    beforeEvent: (event) => {
      if (event.kind !== "progress" && ++seen === count) surroundings.interrupt();
    },
  });
  const surroundings: FakeSurroundings = fakeSurroundings({ engine });
  return surroundings;
}

Deno.test("main() interrupted anywhere keeps the finished trials, exits 130 and continues to the same bytes", () =>
  withFolder(async (folder) => {
    const whole = join(folder, "whole");
    await run(whole, "--seeds 0-1");
    // Four trials have 2 + 2 + 4 + 4 epochs and four ends.
    for (let count = 1; count <= 16; count++) {
      const out = join(folder, `${count}`);
      const stopped = await run(out, "--seeds 0-1", interruptedAt(count));
      assert.equal(stopped.code, 130, stopped.err);
      const kept = readLines(out, "trials.csv").length - 1;
      assert.ok(kept < 4);
      assert.match(
        stopped.out,
        new RegExp(`Interrupted: ${kept} finished trials? kept .*, ${4 - kept} to go`),
      );
      assert.equal(readManifest(out).invocations[0].outcome, "interrupted");
      const finished = new Set(readLines(out, "trials.csv").map((line) => line.split(",", 2).join()));
      for (const line of readLines(out, "epochs.csv")) {
        assert.ok(finished.has(line.split(",", 2).join()), line);
      }

      assert.equal((await run(out, "--seeds 0-1")).code, 0);
      assert.deepEqual(repeatableFiles(out), repeatableFiles(whole));
    }
  }));

/** How long an engine goes on that does not hear: far beyond what a busy machine takes for the rest of the test. */
const DEAF_MS = 20_000;

Deno.test({
  name: "main() leaves an engine that does not stop",
  // the engine's own timer is still running
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withFolder(async (out) => {
      const start = performance.now();
      const { code } = await run(out, "--seeds 0", interruptedAt(2, { deafMs: DEAF_MS }));
      assert.equal(code, 130);
      assert.ok(performance.now() - start < DEAF_MS);
    }),
});

Deno.test("main() continues after a crash at any byte of the three CSV files", () =>
  withFolder(async (folder) => {
    const whole = join(folder, "whole"), out = join(folder, "torn");
    await run(whole, "--iterations 1 --seeds 0-1");
    // Where a crash while appending may leave the files: the epochs of seed 1 there, its trial's row torn or not yet.
    const texts = ["epochs.csv", "timing.csv", "trials.csv"].map((file) =>
      [file, Deno.readTextFileSync(join(whole, file))] as const
    );
    for (const [file, text] of texts) {
      const lastLine = text.slice(0, -1).lastIndexOf("\n") + 1;
      for (const length of [lastLine, lastLine + 1, lastLine + 9, text.length - 2, text.length - 1]) {
        await copyFolder(whole, out);
        Deno.writeTextFileSync(join(out, file), text.slice(0, length));
        // trials.csv is appended last: a torn epochs.csv means that the trial's row is not there yet.
        if (file !== "trials.csv") {
          const trials = Deno.readTextFileSync(join(out, "trials.csv")).trimEnd().split("\n").slice(0, -1);
          Deno.writeTextFileSync(join(out, "trials.csv"), trials.join("\n") + "\n");
        }
        const { code, err } = await run(out, "--iterations 1 --seeds 0-1");
        assert.equal(code, 0, err);
        assert.match(err, /: 2, 1 of them already there/);
        assert.deepEqual(repeatableFiles(out), repeatableFiles(whole));
        await Deno.remove(out, { recursive: true });
      }
    }
  }));

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

Deno.test("main() drops files of trials that have no row", () =>
  withFolder(async (out) => {
    await run(out, "--iterations 1 --seeds 0");
    const stray = join(out, "predictions", "iteration-1-seed-7.bin");
    Deno.writeFileSync(stray, new Uint8Array(3));
    Deno.writeFileSync(`${stray}.tmp`, new Uint8Array(3));
    Deno.writeTextFileSync(join(out, "predictions", "notes.txt"), "mine");
    await run(out, "--iterations 1 --seeds 0");
    const left = [...Deno.readDirSync(join(out, "predictions"))].map(({ name }) => name).sort();
    assert.deepEqual(left, ["iteration-1-seed-0.bin", "notes.txt"]);
  }));

Deno.test("main() lists trials that diverge or fail, goes on with the others and exits 1", () =>
  withFolder(async (out) => {
    const engine = () =>
      new FakeEngine({ ...MET, diverges: { "1 1": 2 }, fails: { "2 0": "out of\nmemory" } });
    const first = await run(out, "", fakeSurroundings({ engine: engine() }));
    assert.equal(first.code, 1);
    const rows = readLines(out, "trials.csv");
    assert.ok(rows.includes("1,1,diverged,1,,,,,,,,loss not finite in epoch 2"), rows.join("\n"));
    assert.ok(rows.includes("2,0,failed,1,,,,,,,,out of memory"));
    assert.equal(rows.length, 7);
    assert.match(first.out, /1 of 3 trials did not complete \(seed 1 diverged\)/);
    assert.match(Deno.readTextFileSync(join(out, "SUMMARY.md")), /failed: out of memory/);
    assert.equal((await run(out, "--no-assert")).code, 0, "criteria are shown, not asserted");

    // The failed trial was tried again and is well; the diverged one stays.
    const again = await run(out);
    assert.equal(again.code, 1);
    assert.deepEqual(readLines(out, "trials.csv").filter((row) => !row.includes("completed")).slice(1), [
      "1,1,diverged,1,,,,,,,,loss not finite in epoch 2",
    ]);
    // What was asked for has nothing to do with the trial that diverged.
    assert.equal((await run(out, "--iterations 2")).code, 0);
  }));

Deno.test("main() exits 1 where a criterion fails and 0 with --no-assert", () =>
  withFolder(async (folder) => {
    const low = () => fakeSurroundings({ engine: new FakeEngine({ testAccuracy: () => 0.9699 }) });
    const failed = await run(join(folder, "a"), "", low());
    assert.equal(failed.code, 1);
    assert.match(failed.out, /lowest final accuracy 96\.99 % \(seed 0\) < floor 97\.00 %/);
    assert.equal((await run(join(folder, "b"), "--no-assert", low())).code, 0);
    assert.equal((await run(join(folder, "c"), "--iterations 1", low())).code, 0);
  }));

Deno.test("main() with --quick trains on a part, says that it is no result and judges no criterion", () =>
  withFolder(async (out) => {
    const counts: number[] = [];
    const engine = new FakeEngine({ testAccuracy: () => 0.3 });
    const train = engine.train.bind(engine);
    engine.train = (trials, options) => {
      counts.push(options.train.labels.length, options.train.images.length / 784, options.test.labels.length);
      return train(trials, options);
    };
    const quick = await run(out, "--quick", fakeSurroundings({ engine }));
    assert.equal(quick.code, 0);
    assert.deepEqual(counts, [4096, 4096, 2000]);
    assert.match(quick.err, /is no result/);
    assert.match(quick.out, /is no result/);
    assert.match(Deno.readTextFileSync(join(out, "SUMMARY.md")), /is no result/);
    assert.equal(readManifest(out).quick, true);
    assert.deepEqual(readLines(out, "epochs.csv").map((row) => row.split(",", 3).join()), [
      "iteration,seed,epoch",
      "1,0,1",
      "1,0,2",
      "2,0,1",
      "2,0,2",
    ]);
  }));

Deno.test("main() with --quick shows whole runs of the same recipe beside what it got, and no others", () =>
  withFolder(async (folder) => {
    // iteration 2 was another network when the results were published
    const then = fakeSurroundings({
      engine: new FakeEngine({ testAccuracy: () => 0.99 }),
      catalog: [SHORT, { ...LONG, training: { ...LONG.training, batchSize: 4 } }],
    });
    assert.equal((await run(join(folder, "whole"), "--no-assert", then)).code, 0);
    const published = readResults(join(folder, "whole"));
    const engine = () => new FakeEngine({ testAccuracy: () => 0.3 });
    const quick = await run(
      join(folder, "a"),
      "--quick",
      fakeSurroundings({ engine: engine(), published: [published] }),
    );
    assert.match(quick.out, /Final \[%\] {2}Whole run \[%\]/);
    assert.match(quick.out, /^ +1 +7,850 +1 +30\.00 ± n\/a +99\.00 ± 0\.00 /m);
    assert.match(quick.out, /^ +2 +3,414 +1 +30\.00 ± n\/a +n\/a /m);
    assert.match(quick.out, /the order of its iterations says nothing/);
    // other data, other results: nothing to see it beside
    const digests = { "train-images-idx3-ubyte": "0" };
    const dataset = { ...published.manifest.dataset, digests };
    const others = { ...published, manifest: { ...published.manifest, dataset } };
    for (const [name, given] of Object.entries({ b: [others], c: [] })) {
      const alone = await run(
        join(folder, name),
        "--quick",
        fakeSurroundings({ engine: engine(), published: given }),
      );
      assert.equal(alone.code, 0);
      assert.doesNotMatch(alone.out, /Whole run/);
    }
  }));

Deno.test("main() with --epochs stops early and judges no accuracy", () =>
  withFolder(async (out) => {
    const low = fakeSurroundings({ engine: new FakeEngine({ testAccuracy: () => 0.3 }) });
    const stopped = await run(out, "--epochs 2 --iterations 2", low);
    assert.equal(stopped.code, 0);
    assert.match(stopped.out, /criteria met; stopped after 2 of 4 epochs/);
    assert.equal(readLines(out, "epochs.csv").length, 1 + 3 * 2);
  }));

Deno.test("main() with --json prints one document on standard output and all else on standard error", () =>
  withFolder(async (out) => {
    const { code, out: text, err } = await run(out, "--json --seeds 0");
    assert.equal(code, 0);
    const document = JSON.parse(text);
    assert.deepEqual(
      {
        ...document,
        iterations: document.iterations.map(({ id }: { id: number }) => id),
        dataset: null,
        claims: null,
      },
      {
        schema: SCHEMA,
        folder: out,
        outcome: "completed",
        exitCode: 0,
        dataset: null,
        claims: null,
        engine: { name: "fake", version: 1 },
        quick: false,
        epochs: null,
        freshSeeds: [],
        tried: { recipes: 2, ideas: 0, trials: 2 },
        iterations: [1, 2],
      },
    );
    assert.equal(document.iterations[0].trials[0].finalTestAccuracy, 0.9945);
    assert.equal(document.iterations[1].verdicts.criteria.status, "met");
    assert.equal(document.claims[0].subject, "parameters");
    assert.equal(document.iterations[1].timing.length, 4);
    assert.match(err, /Test accuracy/);
  }));

Deno.test("main() adds to a folder only what was measured with the same data, engine, recipe and length", () =>
  withFolder(async (out) => {
    await run(out, "--seeds 0");
    const files = repeatableFiles(out);
    const changed = {
      ...smallDataset(),
      digests: { ...smallDataset().digests, "train-images-idx3-ubyte": "cc" },
    };
    const recipe = [{ ...SHORT, training: { ...SHORT.training, batchSize: 9 } }, LONG];
    const cases: [string, Parameters<typeof fakeSurroundings>[0], string][] = [
      ["", { engine: new FakeEngine({ name: "other" }) }, "expected engine fake as in the folder, got other"],
      ["", { engine: new FakeEngine({ version: 2 }) }, "expected fake version 1 as in the folder, got 2"],
      ["", { dataset: smallDataset("synthetic") }, "expected data set mnist as in the folder, got synthetic"],
      ["", { dataset: changed }, 'expected SHA-256 of "train-images-idx3-ubyte" aa as in the folder, got cc'],
      ["", { catalog: recipe }, "expected layers and training of iteration 1 with SHA-256"],
      ["--quick", {}, "expected quick false as in the folder, got true"],
      ["--epochs 1", {}, "expected epochs full length as in the folder, got 1"],
    ];
    for (const [line, options, wanted] of cases) {
      const { code, err } = await run(out, `${line} --seeds 1`, fakeSurroundings(options));
      assert.equal(code, 2, wanted);
      assert.match(err, /^error: Cannot add to .*; choose another --out[^\n]*\n$/);
      assert.ok(err.includes(wanted), err);
    }
    assert.deepEqual(repeatableFiles(out), files);
    // What does not affect training may change: iteration 2 has the same recipe under another title.
    const retitled = [SHORT, { ...LONG, title: "Renamed" }];
    const surroundings = fakeSurroundings({ engine: new FakeEngine(MET), catalog: retitled });
    assert.equal((await run(out, "--seeds 1", surroundings)).code, 0);
  }));

Deno.test("main() keeps the rows of a GPU engine apart by device", () =>
  withFolder(async (out) => {
    const on = (description: string) =>
      fakeSurroundings({ engine: new FakeEngine({ ...MET, name: "webgpu", kind: "gpu", description }) });
    assert.equal((await run(out, "--seeds 0", on("one GPU"))).code, 0);
    const other = await run(out, "--seeds 1", on("another GPU"));
    assert.equal(other.code, 2);
    assert.match(other.err, /expected webgpu on "one GPU" as in the folder, got "another GPU"/);
    assert.equal((await run(out, "--seeds 1", on("one GPU"))).code, 0);
  }));

Deno.test("main() trains 25 seeds on a GPU unless it is told which, three on a software adapter", () =>
  withFolder(async (folder) => {
    const seedsOn = async (kind: "gpu" | "software", line: string) => {
      const out = join(folder, `${kind}${line}`);
      await run(
        out,
        `--iterations 1 ${line}`,
        fakeSurroundings({ engine: new FakeEngine({ ...MET, name: "webgpu", kind }) }),
      );
      return readManifest(out).seeds;
    };
    assert.deepEqual(await seedsOn("gpu", ""), [...Array(25).keys()]);
    assert.deepEqual(await seedsOn("gpu", "--seeds 4"), [4]);
    assert.deepEqual(await seedsOn("software", ""), [0, 1, 2]);
  }));

Deno.test("main() ends with one line and keeps finished trials when the device is lost", () =>
  withFolder(async (out) => {
    let completed = 0;
    const engine = new FakeEngine({
      ...MET,
      workers: 1,
      beforeEvent: ({ kind }) => {
        if (completed === 2) throw new DeviceError('Cannot use "a GPU": expected a GPU that stays, got none');
        if (kind === "completed") completed++;
      },
    });
    const lost = await run(out, "--iterations 1", fakeSurroundings({ engine }));
    assert.equal(lost.code, 2);
    assert.match(lost.err, /\nerror: Cannot use "a GPU": expected a GPU that stays, got none\n$/);
    assert.deepEqual(
      readLines(out, "trials.csv").slice(1).map((row) => row.split(",").slice(0, 3).join()),
      ["1,0,completed", "1,1,completed"],
    );
    assert.equal(readManifest(out).invocations[0].outcome, "broken");
    const again = await run(out, "--iterations 1");
    assert.equal(again.code, 0);
    assert.match(again.err, /3, 2 of them already there/);
  }));

Deno.test("main() refuses a folder that it cannot or should not write to", () =>
  withFolder(async (folder) => {
    const file = join(folder, "file");
    Deno.writeTextFileSync(file, "mine");
    const below = await run(join(file, "run"));
    assert.equal(below.code, 2);
    assert.match(below.err, /^error: Cannot write to ".*run": expected a folder that can be written, got "/);

    const foreign = await run(folder);
    assert.equal(foreign.code, 2);
    assert.match(foreign.err, /expected an empty folder or one with "manifest.json", got "file" in it/);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["file"]);

    const out = join(folder, "run");
    await run(out, "--seeds 0");
    Deno.writeTextFileSync(join(out, "manifest.json"), '{"schema": 7}');
    assert.match((await run(out)).err, /Cannot read ".*manifest.json": expected schema \d+, got 7/);
    Deno.writeTextFileSync(join(out, "manifest.json"), "{");
    assert.match((await run(out)).err, /Cannot read ".*manifest.json": expected JSON, got/);
  }));

Deno.test("main() refuses a folder that another run is writing to", () =>
  withFolder(async (out) => {
    const surroundings = interruptedAt(-1, { delayMs: 1 });
    const first = run(out, "--seeds 0", surroundings);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await run(out, "--seeds 1");
    assert.equal(second.code, 2);
    assert.match(second.err, /got one in use by another run; wait for it or choose another --out/);
    assert.equal((await first).code, 0);
  }));

Deno.test("main() ends with code 2 and one line for errors of usage, data, iterations and engine", () =>
  withFolder(async (folder) => {
    const out = join(folder, "run");
    const base = fakeSurroundings();
    const fails = (message: string, Kind: new (message: string) => Error = Error) => () =>
      Promise.reject(new Kind(message));
    const loadNamedIterations = fails(
      "Cannot use iteration 3: expected one of 1, 2 or the path of a file, got no such number",
      RangeError,
    );
    const cases: [string, FakeSurroundings, string][] = [
      ["--nope", base, "Cannot read the command line"],
      ["--iterations 3", { ...base, loadNamedIterations }, "Cannot use iteration 3: expected one of 1, 2"],
      ["", { ...base, loadDataset: fails('Cannot find "x"', DataError) }, 'Cannot find "x"'],
      ["", {
        ...base,
        loadIterations: fails("Cannot build layer 2 (conv): expected a map [C,H,W], got [10]", TypeError),
      }, "layer 2"],
      ["", { ...base, createEngine: fails("Cannot start: expected relaxed SIMD, got none") }, "relaxed SIMD"],
    ];
    for (const [line, surroundings, wanted] of cases) {
      const fresh = { ...surroundings, err: fakeSurroundings().err, out: fakeSurroundings().out };
      const { code, err, out: text } = await run(out, line, fresh);
      assert.equal(code, 2, err);
      assert.match(err, /^error: Cannot .*\n$/);
      assert.ok(err.includes(wanted), err);
      assert.equal(text, "");
    }
    assert.throws(() => Deno.statSync(out), Deno.errors.NotFound);
    const broken = await run(out, "", {
      ...base,
      loadDataset: fails("Cannot read properties of undefined", TypeError),
    });
    assert.equal(broken.code, 1);
    assert.match(broken.err, /^Internal error: TypeError: .*\n {4}at /);
  }));

Deno.test("main() does not take an engine's mistakes for results", () =>
  withFolder(async (folder) => {
    const wrong = (change: (event: TrialEvent) => TrialEvent | undefined) => {
      const engine = new FakeEngine(MET);
      const train = engine.train.bind(engine);
      engine.train = (trials, options) =>
        train(trials, {
          ...options,
          onEvent: (event) => {
            const changed = change(event);
            if (changed !== undefined) options.onEvent(changed);
          },
        });
      return fakeSurroundings({ engine });
    };
    const cases: [(event: TrialEvent) => TrialEvent | undefined, RegExp][] = [
      [(event) => event.kind === "completed" ? undefined : event, /expected the engine to end every trial/],
      [
        (event) => event.kind === "epoch" && event.result.epoch === 1 ? undefined : event,
        /expected epoch 1, got 2/,
      ],
      [(event) => event.kind === "epoch" ? undefined : event, /expected 2 epochs, got 0/],
      [(event) => ({ ...event, trial: 99 }), /got index 99/],
    ];
    for (const [index, [change, message]] of cases.entries()) {
      const out = join(folder, String(index));
      const { code, err } = await run(out, "--iterations 1 --seeds 0", wrong(change));
      assert.equal(code, 1);
      assert.match(err, message);
      assert.equal(readLines(out, "trials.csv").length, 1);
      assert.equal(readManifest(out).invocations[0].outcome, "broken");
    }
  }));

Deno.test("main() prints help on standard output", async () => {
  const surroundings = fakeSurroundings();
  assert.equal(await main(["--help"], surroundings), 0);
  assert.match(surroundings.out.text(), /^Trains the iterations .*Exit codes: 0 all criteria met/s);
  assert.equal(surroundings.err.text(), "");
});

Deno.test("defaultFolder() keeps apart what must not be mixed", () => {
  const identity = {
    schema: SCHEMA,
    dataset: { name: "mnist", digests: {}, trainImages: 1, testImages: 1 },
    engine: { name: "wasm", version: 3 },
    quick: false,
    epochs: null,
  };
  const name = (changes: object) => defaultFolder({ ...identity, ...changes }).replace("results/runs/", "");
  assert.equal(name({}), "mnist-wasm3");
  assert.equal(name({ quick: true, epochs: 2 }), "mnist-wasm3-quick");
  assert.equal(name({ quick: true, epochs: 3 }), "mnist-wasm3-quick-epochs-3");
  assert.equal(name({ epochs: 2 }), "mnist-wasm3-epochs-2");
  assert.equal(CATALOG.length, 2);
});

Deno.test("main() says what of the commit it does not record", () =>
  withFolder(async (out) => {
    const problem = '"fatal: detected dubious ownership" from git';
    const known = await run(out, "--iterations 1 --seeds 0");
    assert.ok(!known.err.includes("commit"), known.err);
    const { err } = await run(out, "--iterations 1 --seeds 1", {
      ...fakeSurroundings(),
      commitProblem: () => problem,
    });
    assert.ok(err.includes(`warning  the commit is not recorded in full: ${problem}\n`), err);
  }));

Deno.test("main() interrupted twice says what it cuts off, marks the run and ends", () =>
  withFolder(async (out) => {
    const surroundings = interruptedAt(2, { deafMs: 5000 });
    const ended = Promise.withResolvers<number>();
    void run(out, "--seeds 0", {
      ...surroundings,
      exit: (code) => ended.resolve(code),
      onInterrupt(callback) {
        const stop = surroundings.onInterrupt((times) => {
          callback(times);
          // while the engine is still deaf to the first
          setTimeout(() => callback(2), 20);
        });
        return stop;
      },
    });
    assert.equal(await ended.promise, 130);
    assert.match(
      surroundings.err.text(),
      /\nInterrupted again: confusion\.csv, errors\.csv, summary\.csv, SUMMARY\.md, claims\.csv of .* not written\.\n/,
    );
    assert.equal(readManifest(out).invocations[0].outcome, "interrupted");
    // what the real process would not live to do: end before the folder goes
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }));

Deno.test("main() keeps the mean's interval among accuracies", () =>
  withFolder(async (out) => {
    const engine = new FakeEngine({ testAccuracy: ({ seed }) => seed === 0 ? 0.2 : 1 });
    await run(out, "--iterations 1 --seeds 0-1 --no-assert", fakeSurroundings({ engine }));
    const [names, values] = readLines(out, "summary.csv").map((line) => line.split(","));
    assert.deepEqual(
      ["finalTestAccuracyMeanLow", "finalTestAccuracyMeanHigh"].map((name) => values[names.indexOf(name)]),
      ["0", "1"],
    );
  }));

Deno.test("main() says that --weights all comes too late for trials that did not keep theirs", () =>
  withFolder(async (out) => {
    await run(out, "--iterations 1 --seeds 0-2");
    const { err } = await run(out, "--iterations 1 --seeds 0-3 --weights all");
    // seed 0 kept its weights, seed 3 will
    assert.match(
      err,
      /\nwarning {2}--weights all: 2 finished trials of these did not keep theirs; choose another --out/,
    );
    assert.ok(!(await run(out, "--iterations 1 --seeds 3 --weights all")).err.includes("--weights"));
  }));

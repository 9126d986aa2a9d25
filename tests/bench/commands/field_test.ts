/**
 * @file `deno task field` with an engine that trains nothing, and the files that are published from it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runBenchmark } from "../../../bench/benchmark.ts";
import { command, type FieldSurroundings, main } from "../../../bench/commands/field.ts";
import { main as plots } from "../../../bench/commands/plots.ts";
import { main as tables } from "../../../bench/commands/tables.ts";
import { readCommandLine } from "../../../bench/command_line/flags.ts";
import { FakeEngine } from "../fake_engine.ts";
import { fakeSurroundings, LONG, recordOutput, SHORT, withFolder } from "../fixtures.ts";

const ENTRIES = [
  { ...SHORT, id: 101, source: { repository: "a/b", file: "c.ipynb" } },
  {
    ...LONG,
    id: 102,
    claim: { ...LONG.claim, finalTestAccuracy: 0.977 },
    source: { repository: "d/e", file: "f.py" },
  },
];

function surroundings(name = "wasm") {
  const trained: string[] = [];
  class Noting extends FakeEngine {
    override train(...[trials, options]: Parameters<FakeEngine["train"]>) {
      trained.push(...trials.map(({ iteration, seed }) => `${iteration.id}/${seed}`));
      return super.train(trials, options);
    }
  }
  const out = recordOutput(), err = recordOutput();
  const made: FieldSurroundings = {
    out,
    err,
    loadEntries: () => Promise.resolve(ENTRIES),
    bench: (options, entries) =>
      runBenchmark({ ...options, iterations: entries.map(({ id }) => id) }, {
        ...fakeSurroundings({ engine: new Noting({ name }), catalog: ENTRIES }),
        loadNamedIterations: () => Promise.resolve(entries),
        err,
      }),
  };
  return { made, out, err, trained };
}

function run(...args: string[]) {
  return runOn("wasm", ...args);
}

async function runOn(engine: string, ...args: string[]) {
  const given = surroundings(engine);
  const code = await main(args, given.made);
  return { code, out: given.out.text(), err: given.err.text(), trained: given.trained };
}

Deno.test("field trains five seeds, one of every entry and then the next, and continues where it was", () =>
  withFolder(async (out) => {
    const { code, trained, err } = await run("--seeds", "0-1", "--out", out);
    assert.equal(code, 0, err);
    assert.deepEqual(trained, ["101/0", "102/0", "101/1", "102/1"]);
    const rest = await run("--out", out);
    assert.deepEqual(rest.trained, ["101/2", "102/2", "101/3", "102/3", "101/4", "102/4"]);
    assert.match(rest.out, /102 {2}Long/);
    assert.match(Deno.readTextFileSync(join(out, "SUMMARY.md")), /^# The field, trained again/);
  }));

Deno.test("field trains an entry whose schedule is never stepped with it as well", () =>
  withFolder(async (out) => {
    const unusedSchedule = { kind: "step", epochs: 1, factor: 0.1 } as const;
    const entry = { ...ENTRIES[0], source: { ...ENTRIES[0].source, unusedSchedule } };
    const given = surroundings();
    const made = { ...given.made, loadEntries: () => Promise.resolve([entry, ENTRIES[1]]) };
    assert.equal(await main(["--seeds", "0-1", "--out", out], made), 0, given.err.text());
    assert.deepEqual(given.trained, ["101/0", "102/0", "9101/0", "101/1", "102/1", "9101/1"]);
    assert.match(given.out.text(), /Schedules that are never stepped: 1 entry builds one/);
  }));

Deno.test("field takes the entries that are named, and refuses others in one line", () =>
  withFolder(async (out) => {
    assert.deepEqual((await run("--entries", "102", "--seeds", "0", "--out", out)).trained, ["102/0"]);
    const refused: [string[], RegExp][] = [
      [["--entries", "5"], /Cannot use --entries: expected numbers from 101 to 102, got 5/],
      [["--entries", "./net.ts"], /expected numbers of models\/field such as "101", got a file/],
      [["--entries", "all"], /Cannot use --entries: expected numbers/],
    ];
    for (const [args, message] of refused) {
      const { code, err } = await run(...args, "--out", out);
      assert.equal(code, 2);
      assert.match(err, message);
      assert.equal(err.trimEnd().split("\n").length, 1);
    }
  }));

Deno.test("field writes to results/field what is published and nothing else", () => {
  const written = (...args: string[]) =>
    command.needs(readCommandLine(args, command.syntax), { project: "/project" }).write!.map((path) =>
      path.replaceAll("\\", "/")
    );
  assert.ok(written().includes("results/field"));
  for (const flags of [["--quick"], ["--epochs", "3"], ["--validate"], ["--dataset", "kmnist"]]) {
    const paths = written(...flags);
    assert.ok(paths.some((path) => path.startsWith("results/runs/field")), paths.join());
    assert.ok(!paths.includes("results/field"));
  }
  // a quick run of another length is another run
  assert.ok(written("--quick").includes("results/runs/field-quick"));
  assert.ok(written("--quick", "--epochs", "2").includes("results/runs/field-quick"));
  assert.ok(written("--quick", "--epochs", "1").includes("results/runs/field-quick-epochs-1"));
});

Deno.test("tables and plots make the field's files, and find what differs", () =>
  withFolder(async (root) => {
    const folder = join(root, "results", "field");
    Deno.writeTextFileSync(join(root, "README.md"), "# Title\n\n<!-- table:field -->\n<!-- /table -->\n");
    const make = async (task: typeof tables | typeof plots, ...args: string[]) => {
      const out = recordOutput(), err = recordOutput();
      const code = await task(args, {
        root,
        loadIterations: () => Promise.resolve([]),
        loadField: () => Promise.resolve(ENTRIES),
        loadTestLabels: () => Promise.resolve("not asked for"),
        out,
        err,
      });
      return { code, text: out.text() + err.text() };
    };
    assert.equal((await make(tables)).code, 0);
    assert.match(Deno.readTextFileSync(join(root, "README.md")), /No results yet\./);
    await run("--seeds", "0-2", "--out", folder);
    assert.equal((await make(tables, "--check")).code, 1);
    assert.equal((await make(tables)).code, 0);
    assert.equal((await make(tables, "--check")).code, 0);
    const readme = Deno.readTextFileSync(join(root, "README.md"));
    assert.match(readme, /\| Long +\| +3,414 \|/);
    assert.match(
      readme,
      /\n\nPublished best minus measured final accuracy: [^]*\(results\/field\/SUMMARY\.md\)\.\n/,
    );
    assert.equal((await make(plots)).code, 0);
    const checked = await make(plots, "--check");
    assert.equal(checked.code, 0, checked.text);
    const plot = Deno.readTextFileSync(join(folder, "plots", "accuracy-parameters-light.svg"));
    assert.ok(Deno.statSync(join(folder, "wasm", "SHA256SUMS")).isFile);
    assert.match(
      plot,
      />not shown: 2 networks below 98 %:<[^]*>Long, 3,414 parameters, \d\d\.\d\d %<[^]*>Short, 7,850 parameters, /,
    );
    const path = join(folder, "SUMMARY.md");
    Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace("Long", "Lang"));
    const edited = await make(tables, "--check");
    assert.equal(edited.code, 1);
    assert.match(edited.text, /SUMMARY\.md line \d+: expected/);
  }));

Deno.test("field lets engines share the work, each with a folder of its own, and shows all of it", () =>
  withFolder(async (root) => {
    const field = join(root, "results", "field");
    const wasm = await run("--entries", "101", "--seeds", "0-1", "--out", field);
    assert.match(wasm.out, /1 of 2 recipes has no trials yet; `deno task field --entries 102`/);
    const webgpu = await runOn("webgpu", "--seeds", "0-2", "--entries", "102", "--out", field);
    assert.deepEqual(webgpu.trained, ["102/0", "102/1", "102/2"]);
    assert.match(webgpu.out, /Measured by wasm 1 \(1 entry\) and webgpu 1 on no device \(1 entry\)/);
    assert.match(webgpu.out, /101 {2}Short.* wasm .*\n|\n.*101 {2}Short/);
    assert.doesNotMatch(webgpu.out, /no trials yet/);
    const summary = Deno.readTextFileSync(join(field, "SUMMARY.md"));
    // more trials than the other has
    await runOn("webgpu", "--seeds", "0-2", "--entries", "101", "--out", field);
    assert.match(Deno.readTextFileSync(join(field, "SUMMARY.md")), /webgpu 1 on no device \(2 entries\)/);
    assert.notEqual(Deno.readTextFileSync(join(field, "SUMMARY.md")), summary);
  }));

Deno.test("field refuses, before it trains, a folder that is a run, and runs that are no one field", () =>
  withFolder(async (root) => {
    const out = join(root, "field");
    await run("--seeds", "0", "--out", out);
    Deno.renameSync(join(out, "wasm"), join(root, "run"));
    const inside = await run("--seeds", "0", "--out", join(root, "run"));
    assert.equal(inside.code, 2);
    assert.deepEqual(inside.trained, []);
    assert.match(inside.err, /expected a folder for each engine in it, got a run; move it to ".*ENGINE"/);
    Deno.renameSync(join(root, "run"), join(out, "wasm"));
    // an engine's folder means the field around it
    assert.deepEqual((await run("--seeds", "0,1", "--out", join(out, "wasm"))).trained, ["101/1", "102/1"]);
    const refuses = async (pattern: RegExp) => {
      const { code, err } = await run("--seeds", "0", "--out", out);
      assert.equal(code, 2);
      assert.match(err, pattern);
      assert.equal(err.trimEnd().split("\n").filter((line) => /Cannot/.test(line)).length, 1, err);
    };
    Deno.renameSync(join(out, "wasm"), join(out, "webgpu"));
    await refuses(/expected a folder with the name of its engine, "wasm", got "webgpu"/);
    Deno.removeSync(join(out, "webgpu"), { recursive: true });
    await runOn("webgpu", "--seeds", "0", "--epochs", "1", "--out", out);
    Deno.renameSync(join(out, "webgpu"), join(root, "webgpu"));
    await run("--seeds", "0", "--out", out);
    Deno.renameSync(join(root, "webgpu"), join(out, "webgpu"));
    await refuses(/as one field: expected epochs full length in both, got 1 in the second; train it again/);
  }));

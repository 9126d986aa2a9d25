/**
 * @file Rows that verify and rows with planted differences, on the CPU engine; the logic on an engine that trains
 * nothing.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { main as verify } from "../../../bench/commands/verify.ts";
import { drawDataset } from "../../../data/synthetic.ts";
import type { Engine, TrialEvent } from "../../../engine/engine.ts";
import { createWasmEngine } from "../../../engine/wasm/mod.ts";
import type { Iteration } from "../../../models/iteration.ts";
import { FakeEngine, type FakeEngineOptions } from "../fake_engine.ts";
import { fakeSurroundings, LONG, SHORT, smallDataset, withFolder } from "../fixtures.ts";

const DRAWN = drawDataset({ trainCount: 200, testCount: 64 });
const TINY: Iteration = {
  ...LONG,
  id: 1,
  training: { ...LONG.training, epochs: 3, augmentation: [{ kind: "rotate", degrees: 5 }] },
};

/** The CPU engine, which counts the epochs that it reports; an interruption ends it for good. */
async function startEngine(): Promise<Engine & { epochs: number }> {
  const engine = await createWasmEngine({ workers: 1, wide: false });
  const counting = {
    name: engine.name,
    version: engine.version,
    device: engine.device,
    epochs: 0,
    train: (trials: Parameters<Engine["train"]>[0], options: Parameters<Engine["train"]>[1]) =>
      engine.train(trials, {
        ...options,
        onEvent: (event: TrialEvent) => {
          if (event.kind === "epoch") counting.epochs++;
          options.onEvent(event);
        },
      }),
    close: () => engine.close(),
  };
  return counting;
}

type Changes = Parameters<typeof fakeSurroundings>[0] & { readonly random?: number };

async function run(args: readonly string[], changes: Changes = {}) {
  const surroundings = { ...fakeSurroundings(changes), random: () => changes.random ?? 0 };
  const code = await verify(args, surroundings);
  return { code, out: surroundings.out.text(), err: surroundings.err.text() };
}

/** Every file of a folder, so that a plant can be undone. */
function snapshot(folder: string): () => void {
  const files: [string, Uint8Array][] = [];
  const visit = (at: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(at)) {
      if (isDirectory) visit(join(at, name));
      else files.push([join(at, name), Deno.readFileSync(join(at, name))]);
    }
  };
  visit(folder);
  return () => {
    Deno.removeSync(folder, { recursive: true });
    for (const [path, bytes] of files) {
      Deno.mkdirSync(join(path, ".."), { recursive: true });
      Deno.writeFileSync(path, bytes);
    }
  };
}

/** Changes the text of a file; what it does not change is a mistake of the test. */
function edit(folder: string, file: string, change: (text: string) => string): void {
  const path = join(folder, file), text = Deno.readTextFileSync(path), changed = change(text);
  assert.notEqual(changed, text, file);
  Deno.writeTextFileSync(path, changed);
}

/** Another hex digit at the start of the digest that ends a line beginning with `row`. */
function flipDigest(row: string) {
  return (text: string) =>
    text.replace(
      new RegExp(`^(${row},.*?)([0-9a-f])([0-9a-f]{63})`, "m"),
      (_all, before, digit, rest) => `${before}${digit === "0" ? "1" : "0"}${rest}`,
    );
}

/** Changes the value in one column of the line that begins with `row`. */
function change(row: string, column: number, value: (old: string) => string) {
  return (text: string) =>
    text.split("\n").map((line) =>
      line.startsWith(`${row},`)
        ? line.split(",").map((cell, at) => at === column ? value(cell) : cell).join(",")
        : line
    ).join("\n");
}

/** Gives the rows and files of one seed to another. */
function reseed(folder: string, from: number, to: number): void {
  for (const file of ["trials.csv", "epochs.csv", "timing.csv"]) {
    edit(folder, file, (text) => text.replaceAll(new RegExp(`^1,${from},`, "gm"), `1,${to},`));
  }
  for (const [kind, extension] of [["predictions", "bin"], ["weights", "safetensors"]]) {
    const at = (seed: number) => join(folder, kind, `iteration-1-seed-${seed}.${extension}`);
    Deno.renameSync(at(from), at(to));
  }
}

Deno.test("verify passes a row that was trained here, whole or in part, and names every planted difference", () =>
  withFolder(async (root) => {
    const folder = join(root, "run");
    const catalog = [TINY];
    const surroundings = fakeSurroundings({ engine: await startEngine(), catalog, dataset: DRAWN });
    const line = [
      "--seeds",
      "0-1",
      "--out",
      folder,
      "--weights",
      "all",
      "--dataset",
      "synthetic",
      "--no-assert",
    ];
    assert.equal(await bench(line, surroundings), 0, surroundings.err.text());
    const restore = snapshot(folder);
    const check = async (args: readonly string[], plant: () => void, changes: Changes = {}) => {
      plant();
      const engine = await startEngine();
      const result = await run([...args, "--against", folder], {
        engine,
        catalog,
        dataset: DRAWN,
        ...changes,
      });
      engine.close();
      restore();
      return { ...result, out: result.out.replaceAll(folder, "DIR"), epochs: engine.epochs };
    };
    const differs = async (wanted: RegExp, epochs: number, plant: () => void, changes: Changes = {}) => {
      const { code, out, epochs: trained } = await check(["1/0"], plant, changes);
      assert.match(out, wanted);
      assert.deepEqual([code, trained, out.split("\n").length], [1, epochs, 2], out);
    };
    const nothing = () => {};

    const whole = await check(["1/0"], nothing);
    assert.deepEqual([whole.code, whole.out, whole.epochs], [0, "verified: identical\n", 3]);
    assert.match(whole.err, /data, configuration, weights and numbers of 3 epochs, and predictions; /);
    const prefix = await check(["--iteration", "1", "--seed", "1", "--epochs", "2"], nothing);
    assert.deepEqual([prefix.code, prefix.out, prefix.epochs], [0, "verified: identical\n", 2]);
    assert.match(prefix.err, /weights and numbers of 2 of 3 epochs; /);

    // One flipped bit in the weights, in their digest, in one epoch's digest, in all that tells of the last epoch.
    await differs(
      /^differs: the files in DIR disagree: weights\/iteration-1-seed-0\.safetensors has SHA-256/,
      0,
      () => {
        const path = join(folder, "weights", "iteration-1-seed-0.safetensors");
        const bytes = Deno.readFileSync(path);
        bytes[bytes.length - 1] ^= 1;
        Deno.writeFileSync(path, bytes);
      },
    );
    await differs(
      /^differs: the files in DIR disagree: iteration-1-seed-0 has weightsDigest \w{64} in trials\.csv and \w{64} by epochs/,
      0,
      () => edit(folder, "trials.csv", flipDigest("1,0")),
    );
    await differs(
      /^differs: weights after epoch 2 of 3: recorded \w{16}…, trained here \w{16}…; .* epochs 1 to 1 are identical/,
      2,
      () => edit(folder, "epochs.csv", flipDigest("1,0,2")),
    );
    const lastEpoch = () => {
      edit(folder, "epochs.csv", flipDigest("1,0,3"));
      edit(folder, "trials.csv", flipDigest("1,0"));
      Deno.removeSync(join(folder, "weights", "iteration-1-seed-0.safetensors"));
    };
    await differs(/^differs: weights after epoch 3 of 3: /, 3, lastEpoch);
    assert.equal((await check(["1/0", "--epochs", "2"], lastEpoch)).code, 0, "the prefix is as recorded");

    // Another seed: a renamed row, renamed in the manifest too, two rows exchanged, one row copied.
    const renamed = () => reseed(folder, 0, 7);
    const seven = await check(["1/7"], renamed);
    assert.match(
      seven.out,
      /^differs: seed: the row says 7, by DIR's manifest\.json iteration 1 was trained with 0,1/,
    );
    const hidden = await check(["1/7"], () => {
      renamed();
      edit(folder, "manifest.json", (text) => text.replaceAll("iteration-1-seed-0", "iteration-1-seed-7"));
    });
    assert.match(
      hidden.out,
      /^differs: weights after epoch 1 of 3: .*: another seed, another program or an edited row/,
    );
    assert.equal(hidden.epochs, 1);
    await differs(
      /^differs: weights after epoch 1 of 3: .*; seed: those trained here are recorded under seed 1/,
      1,
      () => {
        reseed(folder, 0, 7);
        reseed(folder, 1, 0);
        reseed(folder, 7, 1);
      },
    );
    await differs(
      /^differs: seed: the row has the weights of seed 1 after epoch 1; one is a copy of the other/,
      0,
      () => {
        const rows = (text: string) => text.split("\n").filter((row) => row.startsWith("1,1,"));
        for (const file of ["trials.csv", "epochs.csv"]) {
          edit(folder, file, (text) => {
            const copies = rows(text).map((row) => row.replace("1,1,", "1,0,"));
            return text.replace(/^1,0,[^]*?(?=1,1,)/m, copies.join("\n") + "\n");
          });
        }
        Deno.copyFileSync(
          join(folder, "predictions", "iteration-1-seed-1.bin"),
          join(folder, "predictions", "iteration-1-seed-0.bin"),
        );
        Deno.copyFileSync(
          join(folder, "weights", "iteration-1-seed-1.safetensors"),
          join(folder, "weights", "iteration-1-seed-0.safetensors"),
        );
      },
    );

    // Another data file: with its own digest, and one that pretends to be the recorded one.
    const other = drawDataset({ drawSeed: 1, trainCount: 200, testCount: 64 });
    await differs(
      /^differs: data: SHA-256 of "t10k-images-idx3-ubyte" \w{64} in the record, \w{64} here/,
      0,
      nothing,
      {
        dataset: other,
      },
    );
    await differs(/^differs: weights after epoch 1 of 3/, 1, nothing, {
      dataset: { ...other, digests: DRAWN.digests },
    });

    // An edited row: an epoch's number, the trial's number, predictions with their digest.
    await differs(
      /^differs: testAccuracy of epoch 1 of 3: "DIR" says 0\.0\d+, measured here 0\.\d+; the weights are identical/,
      1,
      () => edit(folder, "epochs.csv", change("1,0,1", 8, () => "0.015625")),
    );
    await differs(
      /^differs: trainLoss of epoch 3 of 3: /,
      3,
      () => edit(folder, "epochs.csv", change("1,0,3", 3, (loss) => String(Number(loss) * (1 + 1e-15)))),
    );
    await differs(
      /^differs: the files in DIR disagree: iteration-1-seed-0 has finalTestAccuracy 0\.9 in trials\.csv and /,
      0,
      () => edit(folder, "trials.csv", change("1,0", 5, () => "0.9")),
    );
    await differs(
      /^differs: parameters: trials\.csv says 3000, the recorded layers have 3414/,
      0,
      () => edit(folder, "trials.csv", change("1,0", 4, () => "3000")),
    );
    await differs(/^differs: predictions after 3 epochs: recorded 372eb377/, 3, () => {
      const path = join(folder, "predictions", "iteration-1-seed-0.bin");
      Deno.writeFileSync(path, new TextEncoder().encode("planted"));
      // SHA-256 of "planted".
      edit(folder, "trials.csv", change("1,0", 10, () => PLANTED));
    });
  }));

const PLANTED = "372eb3774802a8d97badd0f3afdabbf7a17ef8a1f900b394db99a460b893406c";

/** A folder of two seeds each by the engine that trains nothing. */
function withFakeRun(
  test: (folder: string) => Promise<void>,
  engine: FakeEngineOptions = {},
): Promise<void> {
  return withFolder(async (root) => {
    const folder = join(root, "run");
    const surroundings = fakeSurroundings({ engine: new FakeEngine(engine) });
    await bench(["--seeds", "0-2", "--out", folder, "--no-assert"], surroundings);
    await test(folder);
  });
}

Deno.test("verify takes a random trial of iteration 1, or of the one that is named", () =>
  withFakeRun(async (folder) => {
    const row = async (args: string[], random: number) =>
      (await run([...args, "--against", folder], { random })).err.match(/iteration \d seed \d/)?.[0];
    assert.equal(await row([], 0), "iteration 1 seed 0");
    assert.equal(await row([], 0.5), "iteration 1 seed 1");
    assert.equal(await row([], 0.999), "iteration 1 seed 2");
    assert.equal(await row(["--iteration", "2"], 0.999), "iteration 2 seed 2");
    assert.equal(await row(["--seed", "1"], 0.999), "iteration 1 seed 1");
    assert.equal(await row(["iteration-2-seed-1"], 0), "iteration 2 seed 1");
  }));

Deno.test("verify names what decides the weights and is not the same here, and trains nothing", () =>
  withFakeRun(async (folder) => {
    const cases: [Changes, RegExp][] = [
      [
        { engine: new FakeEngine({ version: 2 }) },
        /^differs: engine version: recorded with fake 1, here 2; check out/,
      ],
      [{ engine: new FakeEngine({ name: "other" }) }, /^differs: engine: recorded with fake, here other$/m],
      [
        { engine: new FakeEngine({ name: "fake-unfused" }) },
        /^differs: feature: recorded with fake, here fake-unfused; the two round differently \(fused multiply-add\)/,
      ],
      [
        { catalog: [{ ...SHORT, training: { ...SHORT.training, batchSize: 9 } }, LONG] },
        /^differs: configuration of iteration 1: training\.batchSize 8 in the record, 9 here$/m,
      ],
      [
        {
          catalog: [
            { ...SHORT, layers: [SHORT.layers[0], { kind: "dropout", p: 0.1 }, SHORT.layers[1]] },
            LONG,
          ],
        },
        /^differs: configuration of iteration 1: layers\[2\]\.kind "linear" in the record, "dropout" here$/m,
      ],
      [
        { dataset: smallDataset("synthetic") },
        /^differs: data: data set mnist in the record, synthetic here$/m,
      ],
      [
        {
          dataset: {
            ...smallDataset(),
            digests: { "train-images-idx3-ubyte": "ab", "train-labels-idx1-ubyte": "bb" },
          },
        },
        /^differs: data: SHA-256 of "train-images-idx3-ubyte" aa in the record, ab here$/m,
      ],
    ];
    for (const [changes, wanted] of cases) {
      const { code, out, err } = await run(["1/0", "--against", folder], changes);
      assert.equal(code, 1, out + err);
      assert.match(out, wanted);
      assert.doesNotMatch(err, /epoch 1\/2/);
    }
    // An iteration that is no longer there is trained as it was recorded.
    assert.equal((await run(["1/0", "--against", folder], { catalog: [LONG] })).code, 0);
  }));

Deno.test("verify names the device where nothing else is another", () =>
  withFakeRun(async (folder) => {
    const engine = new FakeEngine({ testAccuracy: () => 0.5 });
    const same = await run(["1/0", "--against", folder], { engine });
    assert.match(same.out, /^differs: testAccuracy of epoch 1 of 2/);
    edit(folder, "epochs.csv", flipDigest("1,0,1"));
    edit(folder, "manifest.json", (text) => text.replace('"no device"', '"another CPU"'));
    const { out } = await run(["1/0", "--against", folder]);
    assert.match(
      out,
      /the same, the device is not: recorded on "another CPU", here "no device"$/m,
    );
  }));

Deno.test("verify holds a trial that diverged to diverging in the same epoch", () =>
  withFakeRun(async (folder) => {
    const check = async (diverges: Record<string, number>) =>
      await run(["2/1", "--against", folder], { engine: new FakeEngine({ diverges }) });
    assert.equal((await check({ "2 1": 3 })).out, "verified: identical\n");
    assert.match(
      (await check({ "2 1": 2 })).out,
      /^differs: end: recorded as diverged after 2 epochs, here diverged in epoch 2/,
    );
    assert.match((await check({})).out, /^differs: end: recorded as diverged in epoch 3, here it was not/);
    const whole = await run(["2/0", "--against", folder], {
      engine: new FakeEngine({ diverges: { "2 0": 2 } }),
    });
    assert.match(whole.out, /^differs: end: recorded as completed after 4 epochs, here diverged in epoch 2/);
  }, { diverges: { "2 1": 3 } }));

Deno.test("verify stops at an interruption with code 130 and no verdict", () =>
  withFakeRun(async (folder) => {
    const interruption: { call?: () => void } = {};
    const engine = new FakeEngine({ beforeEvent: () => interruption.call?.() });
    const surroundings = { ...fakeSurroundings({ engine }), random: () => 0 };
    interruption.call = surroundings.interrupt;
    assert.equal(await verify(["2/0", "--against", folder], surroundings), 130);
    assert.equal(surroundings.out.text(), "");
  }));

Deno.test("verify interrupted twice says so and ends", () =>
  withFakeRun(async (folder) => {
    const interruption: { call?: () => void } = {};
    const engine = new FakeEngine({ beforeEvent: () => interruption.call?.() });
    const surroundings = { ...fakeSurroundings({ engine }), random: () => 0 };
    interruption.call = () => [1, 2].forEach((times) => surroundings.interrupt(times));
    await verify(["2/0", "--against", folder], surroundings);
    assert.equal(surroundings.exits[0], 130);
    assert.match(surroundings.err.text(), /\nInterrupted again: the row is not verified\.\n/);
  }));

Deno.test("verify --json says what was compared as one document", () =>
  withFakeRun(async (folder) => {
    const same = await run(["2/0", "--against", folder, "--json"]);
    assert.deepEqual(JSON.parse(same.out), {
      against: folder,
      iteration: 2,
      seed: 0,
      epochs: 4,
      identical: true,
      compared: "data, configuration, weights and numbers of 4 epochs, and predictions",
    });
    const other = await run(["2/0", "--against", folder, "--json"], {
      engine: new FakeEngine({ diverges: { "2 0": 2 } }),
    });
    assert.equal(other.code, 1);
    assert.match(JSON.parse(other.out).difference, /^end: recorded as completed/);
  }));

Deno.test("verify refuses rows, folders and flags that it cannot use with one line and code 2", () =>
  withFakeRun(async (folder) => {
    const bad = async (args: readonly string[], wanted: RegExp, changes: Changes = {}) => {
      const { code, out, err } = await run(args, changes);
      assert.equal(code, 2, out + err);
      assert.match(err, wanted);
      assert.match(err.split("\n").at(-2)!, /^error: Cannot /);
      assert.equal(out, "");
      assert.equal(err.match(/^error/gm)?.length, 1);
    };
    const there = ["--against", folder];
    await bad(
      ["7/0", ...there],
      /expected one of the iterations 1 \(seeds 0-2\), 2 \(seeds 0-2\) in ".*", got no such row/,
    );
    await bad(["1/9", ...there], /Cannot verify iteration 1 seed 9: /);
    await bad(["2/1", ...there], /expected a trial with a result, got one that failed/);
    await bad(["5", ...there], /expected iteration\/seed such as "5\/2", got "5"/);
    await bad(["1/0", "--seed", "0", ...there], /expected either "1\/0" or --iteration and --seed, got both/);
    await bad(["1/0", "1/1", ...there], /expected at most 1 argument, got "1\/0 1\/1"/);
    await bad(
      ["--epochs", "0", ...there],
      /Cannot use --epochs: expected a whole number from 1 to 100000, got "0"/,
    );
    await bad(["--seed", "4294967296", ...there], /from 0 to 4294967295, got "4294967296"/);
    await bad(["--nope", ...there], /expected one of --iteration, .*, got "--nope"/);
    await bad(["--against", join(folder, "none")], /expected a folder, got none/);
    await bad(["1/0", ...there], /expected the trial to end, got "out of memory"/, {
      engine: new FakeEngine({ fails: { "1 0": "out of memory" } }),
    });
    assert.equal((await run(["--help"])).code, 0);
  }, { fails: { "2 1": "out of memory" } }));

/**
 * @file Plans, shards and merges of an engine that trains nothing: what is joined, named and refused.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { hostName } from "../../../bench/run/environment.ts";
import { parseManifest } from "../../../bench/run/manifest.ts";
import { recordedDataset } from "../../../bench/run/dataset_name.ts";
import { readResults } from "../../../bench/run/results.ts";
import { realSurroundings } from "../../../bench/run/surroundings.ts";
import { encodeIdx } from "../../../data/idx.ts";
import type { TrialEvent } from "../../../engine/engine.ts";
import { ENGINE_VERSION } from "../../../engine/wasm/mod.ts";
import { CATALOG, LONG, repeatableFiles, SHORT, smallDataset, withFolder } from "../fixtures.ts";
import { Place, wasm } from "../shards/shard_fixtures.ts";

function inPlace(test: (place: Place) => Promise<void>): () => Promise<void> {
  return () => withFolder((folder) => test(new Place(folder)));
}

const readManifest = (folder: string) =>
  parseManifest(Deno.readTextFileSync(join(folder, "manifest.json")), "manifest.json");

Deno.test(
  "merge writes the bytes that one machine would have written, however many shards there are",
  inPlace(async (place) => {
    await place.bench("one", "--seeds 3-9");
    const wanted = repeatableFiles(place.at("one"));
    // the first seed of the plan, not of each shard
    assert.equal([...wanted.keys()].filter((file) => file.startsWith("weights")).length, 2);
    assert.equal((await place.planRun("--seeds 3-9")).code, 0);
    for (const count of [1, 5]) {
      await place.shards(count);
      const { code, out, err } = await place.merge();
      assert.equal(code, 0, out + err);
      assert.match(out, /Whole: every one of 14 trials, each once\.\nResults: .*whole\/SUMMARY\.md\n$/);
      assert.deepEqual(repeatableFiles(place.at("whole")), wanted);
      readResults(place.at("whole"));
      const { invocations, seeds } = readManifest(place.at("whole"));
      assert.deepEqual(seeds, [3, 4, 5, 6, 7, 8, 9]);
      assert.equal(invocations.length, count);
      assert.equal(new Set(invocations.flatMap(({ trials }) => trials)).size, 14);
      assert.ok(
        invocations.every(({ planned }) =>
          planned?.host === hostName() && planned.shard?.endsWith(`/${count}`)
        ),
      );
      for (const folder of ["shards", "whole"]) Deno.removeSync(place.at(folder), { recursive: true });
    }
  }),
);

Deno.test(
  "seeds that a commit gave are marked as such in a merged run, too",
  inPlace(async (place) => {
    await place.bench("one", "--seeds fresh:2");
    await place.planRun("--seeds fresh:2");
    await place.shards(2);
    assert.equal((await place.merge()).code, 0);
    assert.match(Deno.readTextFileSync(place.at("whole/SUMMARY.md")), /\(fresh\)/);
    assert.deepEqual(repeatableFiles(place.at("whole")), repeatableFiles(place.at("one")));
    assert.deepEqual(readManifest(place.at("whole")).freshSeeds, readManifest(place.at("one")).freshSeeds);
  }),
);

Deno.test(
  "a plan that holds images out merges to the bytes of a run that does",
  inPlace(async (place) => {
    const given = { dataset: smallDataset("synthetic") },
      flags = "--dataset synthetic --seeds 0,1 --validate";
    await place.bench("one", flags, given);
    await place.planRun(flags, given);
    await place.shards(2, given);
    const { code, out, err } = await place.merge(undefined, [], given);
    assert.equal(code, 0, out + err);
    assert.deepEqual(repeatableFiles(place.at("whole")), repeatableFiles(place.at("one")));
    assert.deepEqual(readManifest(place.at("whole")).validation, readManifest(place.at("one")).validation);
    assert.ok(readManifest(place.at("whole")).validation !== undefined);
    await place.bench("shards/tested", "--dataset synthetic --seeds 0", given);
    assert.match(
      (await place.merge()).out,
      /foreign {3}.*shards\/tested: expected .*held-out images .*, got the test set/,
    );
  }),
);

Deno.test(
  "bench --plan without a shard trains the whole plan, and a merged folder goes on where nothing is left to do",
  inPlace(async (place) => {
    await place.planRun("--seeds 0,1");
    await place.bench("one", `--plan ${place.plan}`);
    await place.shards(2);
    await place.merge();
    assert.deepEqual(repeatableFiles(place.at("whole")), repeatableFiles(place.at("one")));
    const { code, err } = await place.bench("whole", `--plan ${place.plan}`);
    assert.equal(code, 0, err);
    assert.match(err, /trials {3}plan\.json: 4 of 4, 4 of them already there/);
  }),
);

Deno.test(
  "shards exit 0 though a criterion fails, and judging is the merge's work",
  inPlace(async (place) => {
    const given = { engine: wasm({ testAccuracy: () => 0.5 }) };
    assert.equal((await place.bench("one", "--seeds 0-4", given)).code, 1);
    await place.planRun();
    await place.shards(2, given);
    const plain = await place.merge();
    assert.equal(plain.code, 0);
    assert.match(plain.out, /failed|✗/);
    assert.equal((await place.merge(undefined, ["--assert"])).code, 1);
    assert.deepEqual(repeatableFiles(place.at("whole")), repeatableFiles(place.at("one")));
  }),
);

Deno.test(
  "merge says which trials of which shards are missing and how to train them, and writes nothing",
  inPlace(async (place) => {
    await place.planRun();
    await place.shards(4);
    for (const shard of ["2", "4"]) Deno.removeSync(place.at("shards", shard), { recursive: true });
    const { code, out } = await place.merge();
    assert.equal(code, 1);
    assert.match(out, /missing {2}shard 2\/4, .*shards\/2: iteration 1 seeds/);
    assert.match(out, /Incomplete: \d of 10 trials missing\. Nothing was written\.\n/);
    assert.match(out, /as jobs --array=2,4:\n/);
    assert.ok(
      out.includes(`  deno task bench --plan ${place.plan} --shard 2/4 --out ${place.at("shards/2")}\n`),
    );
    assert.ok(!place.exists("whole") && !place.exists("whole.merging"));
    const document = JSON.parse((await place.merge(undefined, ["--json"])).out);
    assert.deepEqual([document.outcome, document.exitCode, document.array], ["incomplete", 1, "2,4"]);
    // the commands that it prints last train what is missing and nothing else
    const commands = [
      ...out.matchAll(/^ {2}deno task bench (--plan \S+ --iterations \S+ --seeds \S+) --out (\S+)$/gm),
    ];
    assert.ok(commands.length > 0, out);
    for (const [, flags, folder] of commands) {
      assert.equal(folder, place.at("shards/rest"));
      assert.equal((await place.bench("shards/rest", flags)).code, 0);
    }
    const whole = await place.merge();
    assert.equal(whole.code, 0, whole.out);
    assert.doesNotMatch(whole.out, /double/);
    await place.bench("one", "--seeds 0-4");
    assert.deepEqual(repeatableFiles(place.at("whole")), repeatableFiles(place.at("one")));
  }),
);

Deno.test(
  "a trial that is there twice counts once where its digests are the same, and is an error where they are not",
  inPlace(async (place) => {
    await place.planRun();
    await place.shards(2);
    await place.shard(2, 2, { out: "shards/2-again" });
    const same = await place.merge();
    assert.equal(same.code, 0, same.out);
    assert.match(
      same.out,
      /double {4}.*shards\/2-again: the same digests as in .*shards\/2: iteration 1 seed/,
    );
    const { invocations } = readManifest(place.at("whole"));
    assert.equal(invocations.flatMap(({ trials }) => trials).length, 10);
    const moved = wasm({ testAccuracy: (trial, epoch) => (9700 + trial.seed + epoch) / 10_000 });
    await place.shard(1, 2, { out: "shards/1-other", given: { engine: moved } });
    const other = await place.merge();
    assert.equal(other.code, 2);
    assert.match(
      other.out,
      new RegExp(
        `differing .*shards/1-other: iteration-\\d-seed-\\d has predictions \\w{16}… here, trained by ${hostName()} ` +
          `\\(no device\\), and predictions \\w{16}… in .*shards/1, trained by ${hostName()} \\(no device\\); ` +
          "they part in epoch 1; so do 3 more",
      ),
    );
    assert.match(other.out, /Unusable: 1 folder cannot be merged/);
  }),
);

Deno.test(
  "merge names every folder that does not belong to the plan, and why",
  inPlace(async (place) => {
    await place.planRun();
    await place.shards(1);
    await place.bench("shards/version", "--seeds 0", { engine: wasm({ version: 77 }) });
    await place.bench("shards/unfused", "--seeds 0", {
      engine: wasm({ name: "wasm-unfused", description: "an old CPU" }),
    });
    await place.bench("shards/synthetic", "--dataset synthetic --seeds 0", {
      dataset: smallDataset("synthetic"),
    });
    const digests = { "train-images-idx3-ubyte": "cc" };
    await place.bench("shards/data", "--seeds 0", { dataset: { ...smallDataset(), digests } });
    await place.bench("shards/short", "--seeds 0 --epochs 1");
    await place.bench("shards/quick", "--seeds 0 --quick");
    const edited = { ...SHORT, training: { ...SHORT.training, batchSize: 16 } };
    await place.bench("shards/edited", "--seeds 0", { catalog: [edited, LONG] });
    await place.bench("shards/seeds", "--seeds 0,77");
    Deno.mkdirSync(place.at("shards/notes"));
    Deno.writeTextFileSync(place.at("shards/notes/note.txt"), "");
    Deno.writeTextFileSync(place.at("shards/file"), "");
    const { code, out } = await place.merge();
    assert.equal(code, 2);
    for (
      const [name, what] of Object.entries({
        version: `expected wasm version ${ENGINE_VERSION} as in the plan, got 77`,
        unfused: "expected engine wasm as in the plan, got wasm-unfused \\(an old CPU\\)",
        synthetic: "expected data set mnist as in the plan, got synthetic",
        data: 'expected SHA-256 of "train-images-idx3-ubyte" aa as in the plan, got cc',
        short: "expected epochs full length as in the plan, got 1",
        quick: "expected quick false as in the plan, got true",
        edited:
          "expected layers and training of iteration 1 with SHA-256 \\w{64} as in the plan, got \\w{64}",
        seeds: "holds trials that the plan lacks: iteration 1 seed 77; iteration 2 seed 77",
        notes: 'expected a shard\'s folder with "manifest.json", got one with "note.txt" in it',
        file: "expected a shard's folder, got a file",
      })
    ) {
      assert.match(out, new RegExp(`^foreign {3}.*shards/${name}: ${what}`, "m"));
    }
    const missing = await place.merge(["shards/1", "gone"]);
    assert.equal(missing.code, 2);
    assert.match(missing.out, /foreign {3}.*gone: expected a shard's folder, got none/);
    assert.equal((await place.merge(["shards/1"])).code, 0);
  }),
);

Deno.test(
  "bench trains no plan on a machine whose rows would not be the plan's",
  inPlace(async (place) => {
    await place.planRun();
    const unfused = await place.shard(1, 2, {
      given: { engine: wasm({ name: "wasm-unfused", description: "an old CPU" }) },
    });
    assert.equal(unfused.code, 2);
    assert.match(
      unfused.err,
      /^error: Cannot train ".*plan\.json" on an old CPU: expected engine wasm as planned, got wasm-unfused; train this part on a processor that fuses/,
    );
    assert.ok(!place.exists("shards/1"));
    const data = { ...smallDataset(), digests: {} };
    assert.match(
      (await place.shard(1, 2, { given: { dataset: data } })).err,
      /got none; train it with the data/,
    );
  }),
);

Deno.test(
  "rows of two kinds of GPU are never mixed: merge says which shard is of which",
  inPlace(async (place) => {
    const gpu = (description: string) => ({
      engine: wasm({ name: "webgpu", version: 2, kind: "gpu", description }),
    });
    await place.planRun("--seeds 0-4 --engine webgpu");
    await place.shards(3, gpu("GPU A"));
    assert.equal((await place.merge()).code, 0);
    assert.equal(readManifest(place.at("whole")).engine.device, "GPU A");
    Deno.removeSync(place.at("shards/2"), { recursive: true });
    await place.shard(2, 3, { given: gpu("GPU B") });
    const { code, out } = await place.merge();
    assert.equal(code, 2);
    assert.match(out, /other GPU.*shards\/2: trained on "GPU B", 2 others on "GPU A"/);
  }),
);

Deno.test(
  "merge takes the finished trials of a torn shard, names it, and says what damaged files are",
  inPlace(async (place) => {
    await place.planRun();
    await place.shards(2);
    const rows = place.at("shards/2/trials.csv"), text = Deno.readTextFileSync(rows);
    Deno.writeTextFileSync(rows, text.slice(0, -10));
    const torn = await place.merge();
    assert.equal(torn.code, 1);
    assert.match(torn.out, /torn {6}.*shards\/2: its last line is not whole/);
    assert.match(torn.out, /Incomplete: 1 of 10 trials missing/);
    Deno.writeTextFileSync(rows, text);
    const [{ name }] = [...Deno.readDirSync(place.at("shards/2/predictions"))];
    const file = place.at("shards/2/predictions", name), bytes = Deno.readFileSync(file);
    Deno.removeSync(file);
    assert.match(
      (await place.merge()).out,
      /torn {6}.*shards\/2: lacks the predictions of iteration \d seed \d\n/,
    );
    // the job's own command mends it
    assert.equal((await place.shard(2, 2)).code, 0);
    assert.equal((await place.merge()).code, 0);
    Deno.writeFileSync(file, bytes.map((digit, index) => index === 7 ? (digit + 1) % 10 : digit));
    const damaged = await place.merge();
    assert.equal(damaged.code, 2);
    assert.match(damaged.out, /damaged {3}.*shards\/2: its files disagree: predictions\/.*\.bin has SHA-256/);
    Deno.writeTextFileSync(place.at("shards/2/manifest.json"), "{");
    assert.match(
      (await place.merge()).out,
      /damaged {3}.*shards\/2: Cannot read ".*manifest\.json": expected JSON/,
    );
    Deno.mkdirSync(place.at("empty"));
    const empty = await place.merge(["shards/1", "empty"]);
    assert.equal(empty.code, 1);
    assert.match(empty.out, /torn {6}.*empty: holds nothing yet/);
  }),
);

Deno.test(
  "a diverged trial is a result and merged by name; a failed one is missing until it is trained again",
  inPlace(async (place) => {
    const diverging = { engine: wasm({ diverges: { "2 3": 2 } }) };
    await place.planRun();
    await place.bench("one", "--seeds 0-4 --no-assert", diverging);
    await place.shards(2, { engine: wasm({ diverges: { "2 3": 2 }, fails: { "1 4": "out of memory" } }) });
    const failed = await place.merge();
    assert.equal(failed.code, 1);
    assert.match(failed.out, /failed {4}.*shards\/\d: iteration 1 seed 4 \(out of memory\)/);
    assert.match(failed.out, /diverged .*shards\/\d: iteration 2 seed 3\n/);
    assert.match(failed.out, /Incomplete: 1 of 10 trials missing/);
    await place.shards(2, diverging);
    const whole = await place.merge();
    assert.equal(whole.code, 0, whole.out);
    assert.match(whole.out, /diverged .*shards\/\d: iteration 2 seed 3\n/);
    assert.deepEqual(repeatableFiles(place.at("whole")), repeatableFiles(place.at("one")));
  }),
);

Deno.test(
  "a shard that is killed at any moment loses no finished trial, and the same command goes on",
  inPlace(async (place) => {
    await place.planRun("--seeds 0-2");
    await place.bench("one", "--seeds 0-2");
    await place.shard(1, 2);
    for (let moment = 0;; moment += 9) {
      let events = 0;
      const finished = new Set<number>();
      const beforeEvent = (event: TrialEvent) => {
        if (events++ === moment) throw new Error("killed");
        if (event.kind === "completed") finished.add(event.trial);
      };
      const { code } = await place.shard(2, 2, { given: { engine: wasm({ beforeEvent }) } });
      // a row and a half of the epoch that was being written
      if (code !== 0) {
        Deno.writeTextFileSync(place.at("shards/2/epochs.csv"), "1,0,1,0.3", { append: true });
        const { code, out } = await place.merge();
        assert.equal(code, 1);
        assert.match(out, /torn {6}.*shards\/2: broke with iteration/);
        assert.match(out, new RegExp(`Incomplete: ${4 - finished.size} of 6 trials`), `at ${moment}: ${out}`);
      }
      assert.equal((await place.shard(2, 2)).code, 0);
      assert.equal((await place.merge()).code, 0);
      assert.deepEqual(repeatableFiles(place.at("whole")), repeatableFiles(place.at("one")), `at ${moment}`);
      for (const folder of ["whole", "shards/2"]) Deno.removeSync(place.at(folder), { recursive: true });
      if (code === 0) break;
    }
  }),
);

Deno.test(
  "merge writes into no folder that holds something else, and over nothing but what a killed merge left",
  inPlace(async (place) => {
    await place.planRun();
    await place.shards(2);
    Deno.mkdirSync(place.at("whole.merging/predictions"), { recursive: true });
    Deno.writeTextFileSync(place.at("whole.merging/half.csv"), "1,");
    assert.equal((await place.merge()).code, 0);
    assert.ok(!place.exists("whole.merging") && !place.exists("whole/half.csv"));
    const again = await place.merge();
    assert.equal(again.code, 0);
    assert.match(again.out, /The same results were there already\./);
    Deno.writeTextFileSync(place.at("whole/summary.csv"), "edited\n");
    const edited = await place.merge();
    assert.equal(edited.code, 2);
    assert.match(
      edited.err,
      /error: Cannot write to ".*whole": expected no folder or the same results, got another "summary\.csv"/,
    );
    assert.equal(Deno.readTextFileSync(place.at("whole/summary.csv")), "edited\n");
    assert.ok(!place.exists("whole.merging"));
    Deno.removeSync(place.at("whole"), { recursive: true });
    Deno.mkdirSync(place.at("whole"));
    assert.equal((await place.merge()).code, 0, "an empty folder is as good as none");
    Deno.removeSync(place.at("whole/manifest.json"));
    assert.match((await place.merge()).err, /expected no folder or an empty one, got "/);
    Deno.writeTextFileSync(place.at("file"), "");
    const file = await place.merge(undefined, [], undefined, "file");
    assert.equal(file.code, 2);
    assert.match(file.err, /error: Cannot write to ".*file": expected a folder that can be written, got "/);
    assert.ok(!place.exists("file.merging"));
  }),
);

Deno.test(
  "merge takes an --out with a slash at its end, as a shell completes a folder, for the same folder",
  inPlace(async (place) => {
    await place.planRun();
    await place.shards(2);
    Deno.mkdirSync(place.at("empty"));
    for (const out of ["new/", "empty/", "new/"]) {
      const { code, out: said, err } = await place.merge(undefined, [], undefined, out);
      assert.equal(code, 0, said + err);
      assert.match(said, /Results: .*\w\/SUMMARY\.md\n$/);
      assert.ok(
        !place.exists("new/.merging") && !place.exists("new.merging") && !place.exists("empty.merging"),
      );
    }
    assert.deepEqual(repeatableFiles(place.at("empty")), repeatableFiles(place.at("new")));
  }),
);

Deno.test(
  "merge holds the data against the plan's before it counts by it",
  inPlace(async (place) => {
    await place.planRun();
    await place.shards(1);
    const dataset = { ...smallDataset(), digests: { "train-images-idx3-ubyte": "cc" } };
    const { code, err } = await place.merge(undefined, [], { dataset });
    assert.equal(code, 2);
    assert.match(
      err,
      /Cannot merge by ".*": expected SHA-256 aa of "train-images-idx3-ubyte" as planned, got cc in memory/,
    );
  }),
);

Deno.test(
  "a plan on a folder of images of one's own is trained and merged where --data says it lies",
  inPlace(async (place) => {
    const folder = place.at("mnist");
    Deno.mkdirSync(folder);
    for (const [set, count] of [["train", 60], ["t10k", 20]] as const) {
      const labels = Uint8Array.from({ length: count }, (_, index) => index % 10);
      const images = new Uint8Array(count * 784).fill(count);
      Deno.writeFileSync(join(folder, `${set}-labels-idx1-ubyte`), encodeIdx(labels, [count]));
      Deno.writeFileSync(join(folder, `${set}-images-idx3-ubyte`), encodeIdx(images, [count, 28, 28]));
    }
    const given = { loadDataset: realSurroundings().loadDataset };
    await place.bench("one", `--dataset ${folder} --seeds 0,1`, given);
    const { out, err } = await place.planRun(`--dataset ${folder} --seeds 0,1`, given);
    assert.ok(out.includes(`deno task bench --plan ${place.plan} --data ${folder} --shard 1/`), err);
    const unnamed = await place.shard(1, 2, { given });
    assert.equal(unnamed.code, 2);
    assert.match(
      unnamed.err,
      /^error: Cannot train ".*plan\.json": expected the folder with the images of "idx-\w{12}", got none; pass it as --data\n$/,
    );
    for (const shard of [1, 2]) {
      const flags = `--plan ${place.plan} --data ${folder} --shard ${shard}/2`;
      assert.equal((await place.bench(`shards/${shard}`, flags, given)).code, 0);
    }
    assert.match(
      (await place.merge(undefined, [], given)).err,
      /Cannot merge by ".*": expected the folder with/,
    );
    const merged = await place.merge(undefined, ["--data", folder], given);
    assert.equal(merged.code, 0, merged.out + merged.err);
    assert.deepEqual(repeatableFiles(place.at("whole")), repeatableFiles(place.at("one")));
    // named from its parent, it is still the folder and not the data set
    assert.deepEqual(
      recordedDataset(readManifest(place.at("whole")).dataset.name, { data: "mnist", task: "" }),
      {
        dataset: "./mnist",
        data: undefined,
      },
    );
  }),
);

Deno.test(
  "merge wants a plan and folders",
  inPlace(async (place) => {
    const { main } = await import("../../../bench/commands/merge.ts");
    const said = async (...args: string[]) => {
      const { fakeSurroundings } = await import("../fixtures.ts");
      const surroundings = fakeSurroundings({ catalog: CATALOG });
      assert.equal(await main(args, surroundings), 2);
      return surroundings.err.text();
    };
    assert.match(
      await said("shards/1"),
      /^error: Cannot merge: expected --plan FILE, since shards alone cannot show/,
    );
    assert.match(
      await said("--plan", "plan.json"),
      /expected folders of shards, such as shards\/\*, got none/,
    );
    assert.match(
      await said("a", "--plan", place.plan),
      /Cannot read the plan ".*": expected a file, got none; make one/,
    );
  }),
);
